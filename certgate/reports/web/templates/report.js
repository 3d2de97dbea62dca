"use strict";
(() => {
  const table = document.querySelector("table.targets");
  const form = document.querySelector("form.filters");
  const reveal = () => {
    const place = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const closed = place && place.closest("details");
    if (closed) {
      closed.open = true;
      place.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();
  if (!table || !form) return;

  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const order = new Intl.Collator("en", { numeric: true });
  const heads = Array.from(table.tHead.rows[0].cells);
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    return "key" in cell.dataset ? cell.dataset.key : cell.textContent.trim();
  };
  const sort = (column, down) => {
    const keyed = rows.map((row, index) => ({ row, index, key: keyOf(row, column) }));
    keyed.sort((one, other) => {
      if (!one.key !== !other.key) return one.key ? -1 : 1;
      return (down ? -1 : 1) * order.compare(one.key, other.key) || one.index - other.index;
    });
    body.append(...keyed.map((each) => each.row));
    heads.forEach((head, index) => {
      if (index === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    const first = head.classList.contains("c-problems") ? "descending" : "ascending";
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      sort(column, now ? now === "ascending" : first === "descending");
    });
    head.replaceChildren(button);
  });

  const texts = [];
  const told = form.querySelector("output");
  const number = new Intl.NumberFormat("en");
  const show = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const states = new Set(Array.from(form.querySelectorAll("[name=state]:checked"), (box) => box.value));
    let shown = 0;
    rows.forEach((row, index) => {
      if (words.length && texts[index] === undefined) texts[index] = `${row.textContent} ${row.dataset.find || ""}`.toLowerCase();
      const fits = states.has(row.dataset.state) && words.every((word) => texts[index].includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      shown += fits;
    });
    told.value = `${number.format(shown)} of ${number.format(rows.length)} shown`;
  };
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 80);
  });
  form.addEventListener("reset", () => setTimeout(show));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.querySelectorAll("a[data-state]").forEach((link) => {
    link.addEventListener("click", () => {
      form.querySelectorAll("[name=state]").forEach((box) => {
        box.checked = box.value === link.dataset.state;
      });
      show();
    });
  });
  form.hidden = false;
  show();
})();
