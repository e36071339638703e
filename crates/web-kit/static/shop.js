// The shop works without this file. With it, the search box suggests games while a visitor types, and a card that gets
// the focus in a row that scrolls sideways is scrolled fully into view.
"use strict";

document.addEventListener("focusin", ({ target }) => {
  const item = target.closest(".rail > li");
  // A clicked card stays where it is: it must not move away from under the finger.
  if (!item || !target.matches(":focus-visible")) return;
  const box = item.getBoundingClientRect(), frame = item.parentElement.getBoundingClientRect();
  // To a snap position: from anywhere else the row would slide on.
  if (box.left < frame.left || box.right > frame.right) item.scrollIntoView({ block: "nearest", inline: "start" });
});

for (const box of document.querySelectorAll("form[role=search] input[type=search]")) suggest(box);

function suggest(box) {
  const list = document.createElement("ul");
  list.id = box.id + "-fits";
  list.className = "fits";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Games that fit");
  box.parentElement.append(list);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");
  let asked = 0, chosen = -1, waiting;

  function show(games, typed = "") {
    chosen = -1;
    // Tests can tell whether the suggestions are for the whole text or for its beginning.
    list.dataset.of = typed;
    box.removeAttribute("aria-activedescendant");
    list.replaceChildren(...games.map((game, at) => {
      const item = document.createElement("li"), link = document.createElement("a");
      item.id = list.id + at;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      link.href = "/game/" + encodeURIComponent(game.slug);
      link.tabIndex = -1;
      link.textContent = game.title;
      item.append(link);
      return item;
    }));
    list.hidden = games.length === 0;
    box.setAttribute("aria-expanded", String(!list.hidden));
  }

  function choose(at) {
    const items = [...list.children];
    chosen = (at + items.length + 1) % (items.length + 1);
    if (chosen === items.length) chosen = -1;
    items.forEach((item, number) => item.setAttribute("aria-selected", String(number === chosen)));
    if (chosen < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", items[chosen].id);
  }

  async function ask() {
    const number = ++asked, typed = box.value.trim();
    if (typed.length < 2) return show([]);
    try {
      const answer = await fetch("/api/games/autocomplete?limit=8&q=" + encodeURIComponent(typed));
      const body = await answer.json();
      if (number === asked) show(body.success ? body.data : [], typed);
    } catch {
      // Without suggestions the form still searches.
      if (number === asked) show([], typed);
    }
  }

  box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 80); });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); show([]); return; }
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen < 0 ? list.children.length - 1 : chosen - 1); }
    if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); list.children[chosen].firstChild.click(); }
  });
  // A click on the list comes after the box has lost the focus.
  box.addEventListener("blur", () => setTimeout(() => show([]), 200));
}

// A key is copied by a button, where the browser allows it.
for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copies);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      // The browser refused. It is selected, and can be copied by hand.
    }
  });
}
