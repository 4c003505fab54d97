/* Passkeys: the library asks the device; what it is to ask stands in the form, for scripts are never inline. */
"use strict";

(() => {
  const { forms } = window.allauth.webauthn;

  // Browsers bind a passkey to a host's name; an address in numbers has none.
  const byNumber = /^[\d.]+$|^\[/.test(location.hostname);
  const thisMachine = /^127\.|^\[::1\]$/.test(location.hostname);

  // Not before it is known here what a press is to do.
  function show(form) {
    for (const part of [form, ...form.querySelectorAll("[data-when-ready]")]) part.hidden = false;
  }

  function tellOfNames(form) {
    show(form);
    form.querySelector("[data-by-name]").hidden = false;
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    if (!thisMachine) return;
    const named = new URL(location.href);
    named.hostname = "localhost";
    const link = form.querySelector("[data-named]");
    link.href = named.href;
    link.hidden = false;
  }

  for (const form of document.querySelectorAll("[data-passkey]")) {
    if (byNumber) {
      tellOfNames(form);
      continue;
    }
    const said = form.querySelector("[data-failed]");
    const ids = { credential: "passkey-credential" };
    const data = form.dataset.options ? JSON.parse(form.dataset.options) : undefined;
    if (form.dataset.passkey === "login") forms.loginForm({ ids: { ...ids, login: "passkey-button" } });
    else if (form.dataset.passkey === "add") forms.addForm({ ids: { ...ids, add: "passkey-button", passwordless: "passkey-alone" }, data });
    else forms.authenticateForm({ ids: { ...ids, authenticate: "passkey-button" }, data });

    // Whoever cancels, or has no such key, is told; nothing was changed.
    document.addEventListener("allauth.error", (event) => {
      event.preventDefault();
      if (said) said.hidden = false;
    });
    show(form);
  }
})();
