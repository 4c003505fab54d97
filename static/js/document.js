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

  for (const [type, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(type, (event) => light(event, on));
  }
})();
