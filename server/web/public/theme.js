// Runs before the first paint: puts the chosen theme, or else the system's, on the document. src/design/theme.ts changes it later.
(function () {
  var root = document.documentElement;
  var chosen = {};
  try {
    chosen = JSON.parse(localStorage.getItem("pulse.theme")) || {};
  } catch {
    // Storage that is shut or broken leaves what the system asks for.
  }
  var asks = function (query) {
    return matchMedia(query).matches;
  };
  var dark = asks("(prefers-color-scheme: dark)");
  var more = asks("(prefers-contrast: more)");
  root.dataset.mode = chosen.mode === "light" || chosen.mode === "dark" ? chosen.mode : dark ? "dark" : "light";
  root.dataset.motion = chosen.motion === "less" || asks("(prefers-reduced-motion: reduce)") ? "less" : "any";
  root.dataset.contrast = ["regular", "aa", "aaa"].indexOf(chosen.contrast) >= 0 ? chosen.contrast : more ? "aaa" : "regular";
})();
