/* The keyboard of the daily round. Everything here can also be done without it. */
"use strict";

(() => {
  const dialog = document.getElementById("keys");
  const keysSwitch = document.querySelector("[data-keys-switch]");
  let going = 0; // when "g" was pressed, ms
  let keysOn = remembered("keys") !== "off";

  function remembered(name) {
    try { return localStorage.getItem(name); } catch { return null; } // a browser may keep nothing
  }

  const typing = (target) =>
    target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;

  const rows = () =>
    [...document.querySelectorAll("[data-rows] [data-row]")].filter((link) => link.offsetParent !== null);

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((link) => link === document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
    all[next].focus();
    all[next].scrollIntoView({ block: "nearest" });
  }

  const actions = {
    "/": () => document.getElementById("search")?.focus(),
    "?": () => dialog?.showModal(),
    j: () => move(1),
    k: () => move(-1),
  };

  // Whoever speaks to the device, or types by accident, can switch single keys off; the help itself stays in the menu.
  if (keysSwitch) {
    keysSwitch.checked = keysOn;
    keysSwitch.addEventListener("change", () => {
      keysOn = keysSwitch.checked;
      try { localStorage.setItem("keys", keysOn ? "on" : "off"); } catch { /* for this page alone, then */ }
    });
  }

  // The help names each link that has a key, as the page has it.
  const goList = document.querySelector("[data-go-list]");
  if (goList) {
    for (const link of document.querySelectorAll("[data-go]")) {
      const [term, words] = [document.createElement("dt"), document.createElement("dd")];
      for (const key of ["g", link.dataset.go]) {
        const kbd = document.createElement("kbd");
        kbd.textContent = key;
        term.append(kbd, " ");
      }
      words.textContent = link.textContent.trim();
      goList.append(term, words);
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (dialog?.open || !keysOn) return;
    const key = event.key;
    if (Date.now() - going < 1200) {
      going = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
    } else if (key === "g") {
      going = Date.now();
    } else if (Object.hasOwn(actions, key)) {
      event.preventDefault();
      actions[key]();
    } else if (!event.repeat && /^[a-z]$/.test(key)) {
      const line = event.target.closest("[data-line]");
      const target = line?.querySelector(`[data-line-key="${key}"]`) ?? document.querySelector(`[data-key="${key}"]`);
      if (target) {
        event.preventDefault();
        press(target);
      }
    }
  });

  // A page's own keys press what carries them; one that opens a form goes into it.
  function press(target) {
    target.click();
    target.closest("details[open]")?.querySelector("form :is(textarea, input:not([type=hidden]))")?.focus();
  }

  // What decides rests for a moment on each new page, so that a double press decides nothing unseen.
  document.querySelectorAll("[data-rest]").forEach((button) => {
    button.disabled = true;
    setTimeout(() => { button.disabled = false; }, 800);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) dialog?.showModal();
    if (event.target.closest("[data-print]")) window.print();
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier, document.querySelector(copier.dataset.copy));
  });

  // Where the browser lends no clipboard the text is marked, to be copied by hand.
  async function copy(button, source) {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = button.dataset.done;
    } catch {
      getSelection().selectAllChildren(source);
    }
  }

  // A filter that is a choice applies at once; without scripts the button does it.
  document.addEventListener("change", (event) => {
    if (event.target.matches("form[data-apply] select")) event.target.form.requestSubmit();
  });

  // One press is one request.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    const button = event.submitter;
    if (button) setTimeout(() => {
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
    });
  });
  window.addEventListener("pageshow", () =>
    document.querySelectorAll("form[method=post] button[aria-busy]").forEach((button) => {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }));

  // A part of the page that does not come is said to be missing, until it comes.
  const missing = new Map();
  function notLoaded(event) {
    const part = event.detail.target;
    const note = document.getElementById("not-loaded")?.content.firstElementChild.cloneNode(true);
    if (!note || missing.has(part.id || part)) return;
    note.className = "note danger";
    note.setAttribute("role", "alert");
    missing.set(part.id || part, note);
    part.before(note);
  }
  document.addEventListener("htmx:responseError", notLoaded);
  document.addEventListener("htmx:sendError", notLoaded);
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (!event.detail.successful) return;
    const part = event.detail.target;
    missing.get(part.id || part)?.remove();
    missing.delete(part.id || part);
  });

  // What would be a long way to scroll on a phone is folded there; paper and pages without scripts show it.
  const folding = [...document.querySelectorAll("details[data-fold]")];
  if (matchMedia("(max-width: 48rem)").matches) folding.forEach((one) => { one.open = false; });
  window.addEventListener("beforeprint", () => folding.forEach((one) => { one.open = true; }));

  // Keys work only with scripts, so only then are they offered.
  document.querySelectorAll("[data-needs-script]").forEach((element) => { element.hidden = false; });
})();
