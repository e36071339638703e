// The administration works without this file. With it, "/" reaches the search field of a table, a page that is loading shows
// it, and what is being watched follows by itself.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const box = document.getElementById("search-table");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});

// A filter is applied as soon as it is chosen.
document.addEventListener("change", ({ target }) => {
  if (target.matches(".tools select")) target.form.requestSubmit();
});

function loading(is) {
  document.querySelector(".desk-main")?.setAttribute("aria-busy", String(is));
}
document.addEventListener("submit", () => loading(true));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const stays = !link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || link.hasAttribute("download");
  if (!stays && link.origin === location.origin && !link.getAttribute("href").startsWith("#")) loading(true);
});
addEventListener("pageshow", () => loading(false));

// Where the navigation is a strip, the page that is open is in sight.
document.querySelector(".desk-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

const watched = document.getElementById("blocks");
if (watched) follow(watched);

function follow(part) {
  const seconds = Number(part.dataset.every);
  if (!seconds) return;
  setTimeout(async () => {
    try {
      // Whoever looks at another window, or has the focus in this part, is not disturbed.
      if (!document.hidden && !part.contains(document.activeElement)) {
        const answer = await fetch(location.href, { headers: { accept: "text/html" } });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("blocks");
        if (!answer.ok || !fresh) return;
        part.dataset.every = fresh.dataset.every ?? "";
        part.replaceChildren(...fresh.childNodes);
      }
    } catch {
      // The next try may succeed.
    }
    follow(part);
  }, seconds * 1000);
}
