/* Passkeys: the library asks the device; what it is to ask stands in the form, for scripts are never inline. */
"use strict";

(() => {
  const { forms } = window.allauth.webauthn;

  for (const form of document.querySelectorAll("[data-passkey]")) {
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
  }
})();
