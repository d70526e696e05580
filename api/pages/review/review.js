// Keys and a preview in place. Every page works without this file; single-letter keys can be turned off (WCAG 2.1.4).
"use strict";
(() => {
  const KEY = "dueprocess-shortcuts";
  const toggle = document.getElementById("shortcuts");
  let on = localStorage.getItem(KEY) !== "off";

  const say = () => {
    toggle.hidden = false;
    toggle.setAttribute("aria-pressed", String(on));
    toggle.textContent = `Keyboard shortcuts are ${on ? "on" : "off"}`;
  };
  toggle.addEventListener("click", () => {
    on = !on;
    localStorage.setItem(KEY, on ? "on" : "off");
    say();
  });
  say();

  const submit = (id) => document.getElementById(id)?.requestSubmit();
  const decide = document.getElementById("decide");
  const rationale = document.getElementById("rationale");

  function choose(digit) {
    const choice = decide?.querySelector(`input[name=outcome][data-key="${digit}"]`);
    if (!choice) return;
    const standards = [...decide.querySelectorAll("input[name=outcome]")].map((one) => one.dataset.standard);
    choice.checked = true;
    if (!rationale.value.trim() || standards.includes(rationale.value)) rationale.value = choice.dataset.standard;
    choice.focus({ preventScroll: true });
  }

  function move(step) {
    const rows = [...document.querySelectorAll("[data-row]")];
    const at = rows.indexOf(document.activeElement);
    rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
  }

  // What people wrote is sent only while the gateway answers: the browser's own page of an error would swallow it.
  const AWAY = "The gateway does not answer, and nothing was sent. What you wrote stays here; send it again in a moment.";
  document.querySelectorAll("#decide, .change form").forEach((form) => {
    let sending = false;
    addEventListener("pageshow", () => (sending = false));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (sending) return;
      sending = true;
      form.querySelector(".away")?.remove();
      if (await fetch("/healthz").then((answer) => answer.ok, () => false)) return form.submit();
      sending = false;
      const said = document.createElement("p");
      Object.assign(said, { className: "problem away", tabIndex: -1, textContent: AWAY });
      said.setAttribute("role", "alert");
      form.prepend(said);
      said.focus();
    });
  });

  async function preview() {
    const place = document.getElementById("preview");
    if (!decide?.querySelector("input[name=outcome]:checked")) {
      place.textContent = "Choose an outcome first.";
      return;
    }
    const body = new URLSearchParams(new FormData(decide));
    const headers = { accept: "text/html" };
    const answer = await fetch("/review/preview", { method: "POST", body, headers }).catch(() => null);
    if (!answer) {
      place.textContent = "The gateway does not answer; ask again in a moment.";
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("preview")?.childElementCount ? page.getElementById("preview") : page.querySelector(".problem");
    place.replaceChildren(...(found ? [...found.childNodes].map((one) => document.importNode(one, true)) : []));
  }

  document.getElementById("preview-button")?.addEventListener("click", (event) => {
    event.preventDefault();
    preview();
  });

  // Counted in characters of what was written; the words for screen readers between them are not.
  const length = (fragment) => {
    fragment.querySelectorAll(".unseen").forEach((one) => one.remove());
    return [...fragment.textContent].length;
  };

  function useSelection() {
    const written = document.getElementById("written");
    const selection = document.getSelection();
    if (!written || !decide || !selection.rangeCount || selection.isCollapsed) return;
    const chosen = selection.getRangeAt(0);
    if (!written.contains(chosen.commonAncestorContainer)) return;
    const before = document.createRange();
    before.setStart(written, 0);
    before.setEnd(chosen.startContainer, chosen.startOffset);
    const start = length(before.cloneContents());
    document.getElementById("excerpt-start").value = start;
    document.getElementById("excerpt-end").value = start + length(chosen.cloneContents());
    document.getElementById("excerpt-start").closest("details").open = true;
  }

  const useIt = document.getElementById("use-selection");
  if (useIt) {
    useIt.hidden = false;
    useIt.addEventListener("pointerdown", (event) => event.preventDefault()); // the selection stays
    useIt.addEventListener("click", useSelection);
  }

  const keys = {
    c: () => submit("claim-next"),
    r: () => submit("reveal"),
    v: () => document.getElementById("look-closer")?.click(),
    b: () => document.getElementById("veil")?.click(),
    x: () => submit("release"),
    u: () => submit("undo"),
    s: useSelection,
    p: preview,
    j: () => move(1),
    k: () => move(-1),
    e: () => rationale?.focus(),
  };

  document.addEventListener("keydown", (event) => {
    if (!on || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const at = event.target;
    if (at.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) return;
    if (/^[1-9]$/.test(event.key) && decide) {
      event.preventDefault();
      choose(event.key);
    } else if (event.key === "Enter" && decide && !at.closest("button, a, summary")) {
      event.preventDefault();
      decide.requestSubmit();
    } else if (event.key in keys) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  document.getElementById("problem")?.focus();
})();
