// Ctrl-K, or Cmd-K, leads from anywhere on an admin page to its search. Without script the same
// form is reached by the keys of the browser, and sent like any other.

const field = document.querySelector("[data-seek]");
const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

field.setAttribute("aria-keyshortcuts", isApple ? "Meta+K" : "Control+K");
const hint = field.form.querySelector("kbd");
hint.textContent = isApple ? "⌘ K" : "Ctrl K";
hint.hidden = false;

addEventListener("keydown", (event) => {
  const isMeant = (isApple ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey;
  if (!isMeant || event.key.toLowerCase() !== "k") return;
  event.preventDefault(); // some browsers lead to their own search instead
  field.focus();
  field.select();
});
