"use strict";
(() => {
  // Niceties only: tables are sorted by a click on a heading. Everything can be read without this file.
  const number = (text) => {
    const found = parseFloat(text.replaceAll(",", "").replace("\u2212", "-"));
    return Number.isNaN(found) ? null : found;
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    const shown = Number(table.dataset.shown);
    heads.forEach((head, place) => {
      const counts = head.classList.contains("number");
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const down = before ? before === "ascending" : counts;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const keyed = rows.map((row) => {
          const text = row.cells[place].textContent;
          return [counts ? number(text) : text, row];
        });
        keyed.sort(([one], [two]) => {
          if (one === null || two === null) return (one === null) - (two === null);
          const order = counts ? one - two : one.localeCompare(two);
          return down ? -order : order;
        });
        keyed.forEach(([, row], index) => row.classList.toggle("later", index >= shown));
        body.append(...keyed.map(([, row]) => row));
      });
    });
  }
})();
