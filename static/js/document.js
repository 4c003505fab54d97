/* What is read in a document and where it stands: pointing at one shows the other. Links work without it. */
"use strict";

(() => {
  function light(event, on) {
    const from = event.target.closest?.("[data-place], [data-of]");
    if (!from) return;
    const name = CSS.escape(from.dataset.place || from.dataset.of);
    for (const one of document.querySelectorAll(`[data-of="${name}"], [data-place="${name}"]`)) {
      one.classList.toggle("lit", on);
    }
  }

  // The tab that the address has opened is said to be the current one.
  function mark() {
    for (const reading of document.querySelectorAll("[data-reading]")) {
      const [says, text] = reading.querySelectorAll(":scope > .tabs a");
      const open = reading.querySelector(":scope > .text:target, :scope > .text :target") ? text : says;
      for (const tab of [says, text]) tab.toggleAttribute("aria-current", false);
      open.setAttribute("aria-current", "true");
    }
  }
  addEventListener("hashchange", mark);
  mark();

  for (const [type, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(type, (event) => light(event, on));
  }
})();
