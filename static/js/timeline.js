/* The timeline begins where today is, and arrow keys go from mark to mark, as Tab does. */
"use strict";

(() => {
  const box = document.querySelector("[data-timeline]");
  if (!box) return;

  const today = document.getElementById("timeline-today");
  if (today) box.scrollLeft = Number(today.getAttribute("x")) - box.clientWidth / 2;

  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const marks = [...box.querySelectorAll("a")].filter((mark) => mark.getClientRects().length);
    const at = marks.indexOf(event.target.closest("a"));
    if (!step || at < 0 || !marks[at + step]) return;
    event.preventDefault();
    marks[at + step].focus();
  });
})();
