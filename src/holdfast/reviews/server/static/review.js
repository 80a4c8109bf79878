"use strict";
// Keys, and saving without a reload. Without this file the same forms work: it adds quickness, never anything that is needed.
(() => {
  const form = document.querySelector("form.decide");
  const undo = document.querySelector("form.undo");
  const help = document.querySelector("dialog.keys");
  const status = document.querySelector(".status");
  const questions = form ? [...form.querySelectorAll(".question")] : [];
  const LONGEST_PAUSE = 8000;
  let current = 0;
  let busy = false;

  // Time in front of a person: it stands still while the page is hidden.
  let seen = 0;
  let since = document.visibilityState === "visible" ? performance.now() : null;
  document.addEventListener("visibilitychange", () => {
    if (since !== null) seen += performance.now() - since;
    since = document.visibilityState === "visible" ? performance.now() : null;
  });
  const seconds = () => ((seen + (since === null ? 0 : performance.now() - since)) / 1000).toFixed(3);

  const newUuid = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const tell = (words, kind) => {
    status.textContent = words;
    status.dataset.kind = kind;
  };
  const mark = (number) => {
    current = Math.max(0, Math.min(questions.length - 1, number));
    questions.forEach((one, at) => one.classList.toggle("current", at === current && questions.length > 1));
  };

  const save = async () => {
    if (busy || !form.reportValidity()) return;
    busy = true;
    const body = new URLSearchParams(new FormData(form));
    body.set("uuid", newUuid());
    body.set("seconds", seconds());
    form.classList.add("busy");
    tell("Saving…", "waiting");
    // The same decision is asked for until somebody answers: its uuid makes it one, however often it arrives.
    for (let pause = 500; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const answer = await ask(body);
      if (answer && answer.saved) {
        tell("Saved", "saved");
        location.assign(answer.next);
        return;
      }
      if (answer) {
        tell(answer.why, "failed");
        break;
      }
      tell("No answer. Asking again; this page must stay open…", "waiting");
      await new Promise((done) => setTimeout(done, pause));
    }
    busy = false;
    form.classList.remove("busy");
  };

  // What the server says, or null where it says nothing that could be understood.
  const ask = async (body) => {
    try {
      const reply = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (reply.status === 403) return { saved: false, why: "Not saved: the server was started anew. Open the address that it printed." };
      const answer = await reply.json();
      return reply.status >= 500 ? null : answer;
    } catch {
      return null;
    }
  };

  const choose = (input) => {
    mark(questions.indexOf(input.closest(".question")));
    if (input.type === "checkbox") {
      input.checked = !input.checked;
    } else if (input.checked) {
      save();
      return;
    } else {
      input.checked = true;
    }
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const keyed = (key) => {
    for (const one of [questions[current], ...questions]) {
      const found = one && [...one.querySelectorAll("input[data-key]")].find((input) => input.dataset.key === key);
      if (found) return found;
    }
    return null;
  };

  document.addEventListener("keydown", (event) => {
    const at = event.target;
    const enter = event.key === "Enter";
    if (event.isComposing || (help && help.open)) return;
    if (enter && (event.ctrlKey || event.metaKey) && form) {
      event.preventDefault();
      save();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (at.matches("textarea, select, input[type=text]")) {
      if (event.key === "Escape") at.blur();
      if (enter && form && at.matches("input[type=text]")) {
        event.preventDefault();
        save();
      }
      return;
    }
    const input = form && (keyed(event.key) || keyed(event.key.toLowerCase()));
    if (input && event.key.length === 1) {
      event.preventDefault();
      if (!busy && !event.repeat) choose(input);
    } else if (event.key === "?" && help) {
      event.preventDefault();
      help.showModal();
    } else if (event.key === "u" && undo && !busy && !event.repeat) {
      event.preventDefault();
      undo.requestSubmit();
    } else if (!form) {
      return;
    } else if (enter && !at.matches("a, button, summary")) {
      event.preventDefault();
      save();
    } else if (event.key === "n" && form.querySelector("[data-kind=note] textarea")) {
      event.preventDefault();
      form.querySelector("[data-kind=note] textarea").focus();
    } else if (at.matches("input")) {
      return; // a group that has the focus keeps its own arrows
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (questions.length > 1) event.preventDefault();
      mark(current + (event.key === "ArrowDown" ? 1 : -1));
      questions[current].scrollIntoView({ block: "nearest" });
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const side = form.querySelector(`.which input[value=${event.key === "ArrowLeft" ? "left" : "right"}]`);
      if (side && !busy && !event.repeat) {
        event.preventDefault();
        choose(side);
      }
    }
  });

  if (help) {
    document.querySelector("a.help").addEventListener("click", (event) => {
      event.preventDefault();
      help.showModal();
    });
  }
  if (!form) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  form.addEventListener("focusin", (event) => mark(questions.indexOf(event.target.closest(".question"))));
  form.addEventListener("change", (event) => {
    if (event.target.matches("input.edits:checked")) form.querySelector("#edited").focus();
  });
  window.addEventListener("beforeunload", (event) => {
    if (busy && status.dataset.kind === "waiting") event.preventDefault();
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    busy = false;
    form.classList.remove("busy");
    tell("", "");
  });
  mark(0);
})();
