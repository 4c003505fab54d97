/* The timeline begins where today is, its words stay in sight, and arrow keys go from mark to mark, as Tab does. */
"use strict";

(() => {
  const box = document.querySelector("[data-timeline]");
  if (!box) return;

  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const marks = [...box.querySelectorAll("a")].filter((mark) => mark.getClientRects().length);
    const here = marks.indexOf(event.target.closest("a"));
    if (!step || here < 0 || !marks[here + step]) return;
    event.preventDefault();
    marks[here + step].focus();
  });

  const today = document.getElementById("timeline-today");
  const margin = 8;
  const at = (words) => Number(words.getAttribute("x"));

  // Nobody's words begin left of the edge, as long as today stays in sight.
  function beginning(day) {
    let left = day - box.clientWidth / 2;
    const labels = [...box.querySelectorAll(".mark text:not(.say, .count)")];
    for (let cut; (cut = labels.find((one) => at(one) < left && at(one) + one.getComputedTextLength() > left));) {
      left = at(cut) - margin;
    }
    return day - left < box.clientWidth - 60 ? left : day - box.clientWidth / 2;
  }

  // The words above a bar move along it, as far as the bar reaches.
  const bars = [...box.querySelectorAll(".bar")].map((bar) => {
    const words = bar.querySelector("text:not(.say)");
    const end = Math.max(...[...bar.querySelectorAll("rect")].map((one) => at(one) + Number(one.getAttribute("width"))));
    return { words, x: at(words), last: Math.max(at(words), end - words.getComputedTextLength()) };
  });
  const follow = () => {
    const left = box.scrollLeft - parseFloat(getComputedStyle(box).paddingLeft) + margin;
    bars.forEach(({ words, x, last }) => words.setAttribute("x", Math.min(last, Math.max(x, left))));
  };

  if (today) box.scrollLeft = beginning(at(today));
  follow();
  box.addEventListener("scroll", follow, { passive: true });
})();
