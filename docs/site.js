// Wide tables can be scrolled with the keyboard; only navigations with a name of their own are landmarks.
addEventListener("load", () => {
  document.querySelector(".md-path")?.setAttribute("aria-label", "Where this page is")
  for (const inner of document.querySelectorAll(".md-code__nav, .md-nav .md-nav:not([aria-label])")) {
    inner.removeAttribute("aria-labelledby")
    inner.removeAttribute("aria-expanded")
    inner.setAttribute("role", "none")
  }
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap")) {
    table.tabIndex = 0
  }
})
