/* What was typed into a form is not lost when the session had ended, or the server failed, as it was sent.
   It waits in this tab alone, for the same person, and is put back into the same form; passwords never are. */
"use strict";

(() => {
  const KEY = "typed";
  const { person = "", failed } = document.body.dataset;

  function stored() {
    try { return JSON.parse(sessionStorage.getItem(KEY)); } catch { return null; }
  }
  function store(value) {
    try {
      if (value) sessionStorage.setItem(KEY, JSON.stringify(value));
      else sessionStorage.removeItem(KEY);
    } catch { /* a browser may keep nothing, or not so much */ }
  }

  const typed = (form) =>
    [...form.elements].filter((one) => one.name && one.matches(
      "textarea, select, input:not([type=hidden], [type=password], [type=file], [type=submit], [type=button])"));
  const alike = (action) =>
    [...document.querySelectorAll("main form[method=post]")].filter((one) => one.getAttribute("action") === action);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || !form.closest("main") || !person) return;
    const fields = typed(form).map((one) => [one.name, one.value, Boolean(one.checked)]);
    const action = form.getAttribute("action");
    store(fields.length ? { person, page: location.pathname, search: location.search, action, nth: alike(action).indexOf(form), fields } : null);
  });

  function putBack(kept) {
    const form = alike(kept.action)[kept.nth];
    if (!form) return;
    const fields = typed(form);
    kept.fields.forEach(([name, value, checked], at) => {
      const field = fields[at]?.name === name ? fields[at] : fields.find((one) => one.name === name);
      if (!field) return;
      if (field.matches("[type=checkbox], [type=radio]")) field.checked = checked;
      else field.value = value;
    });
    for (let around = form.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
    const note = document.getElementById("put-back").content.firstElementChild.cloneNode(true);
    note.className = "note soon";
    note.setAttribute("role", "status");
    form.before(note);
    note.scrollIntoView({ block: "center" });
  }

  const kept = stored();
  if (!kept) return;
  if (!person || failed !== undefined) {
    store({ ...kept, lost: true });
    const back = document.querySelector("[data-back-to-form]");
    if (back) {
      back.href = kept.page + kept.search;
      back.hidden = false;
    }
  } else if (!kept.lost || kept.person !== person) {
    store(null);
  } else if (kept.page === location.pathname) {
    store(null);
    putBack(kept);
  }
})();
