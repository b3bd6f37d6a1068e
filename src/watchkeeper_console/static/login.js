// The sign-in form works without this file; it adds showing the password and waiting out a brake.

const form = document.querySelector("form");
const { user, password } = form.elements;
const reveal = document.getElementById("reveal");
const message = document.getElementById("message");
const enter = document.getElementById("enter");

reveal.hidden = false;
(user.value === "" ? user : password).focus();

reveal.addEventListener("click", () => {
  const shown = password.type === "password";
  password.type = shown ? "text" : "password";
  reveal.textContent = shown ? "Hide" : "Show";
  reveal.setAttribute("aria-pressed", String(shown));
  password.focus();
});

form.addEventListener("submit", () => {
  password.type = "password"; // so that the browser offers to keep it as a password
  enter.disabled = true;
  enter.textContent = "Signing in…";
});

// A page that comes back from the browser's history must be usable again.
window.addEventListener("pageshow", () => {
  enter.disabled = false;
  enter.textContent = "Sign in";
  waitOut(Date.now() + Number(form.dataset.wait) * 1000);
});

function waitOut(until) {
  const left = Math.ceil((until - Date.now()) / 1000);
  if (left <= 0) {
    if (enter.disabled) {
      enter.disabled = false;
      enter.textContent = "Sign in";
      message.textContent = "";
    }
    return;
  }
  enter.disabled = true;
  enter.textContent = `Wait ${left} s`;
  setTimeout(() => waitOut(until), 250);
}
