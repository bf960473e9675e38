// Runs before the first paint and before the page's own script is there. src/design/theme.ts changes the theme later, src/api/client.ts takes
// the answers.

// Puts the chosen theme, or else the system's, on the document.
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
  root.dataset.colours = chosen.colours === "apart" ? "apart" : "regular";
  root.dataset.contrast = ["regular", "aa", "aaa"].indexOf(chosen.contrast) >= 0 ? chosen.contrast : more ? "aaa" : "regular";
})();

// Asks for what every page begins with, and for the figures of a page of figures: by the time that the script is there, so are they.
(function () {
  var early = (window.pulseEarly = {});
  var ask = function (path) {
    early[path] = fetch(path, { headers: { Accept: "application/json" } });
    // Whoever takes it is told; nobody may.
    early[path].catch(function () {});
  };
  ask("/api/v1/me");
  if (location.pathname.indexOf("/platform") === 0) return;
  ask("/api/v1/tenant");
  ask("/api/v1/tenant/branding");
  var page = /^\/(|dora|flow|change|reliability|projects?|teams|forecast)$/.exec(location.pathname);
  if (!page) return;
  var told = new URLSearchParams(location.search);
  var asked = new URLSearchParams();
  // The page of one project is asked for by it, as `dashboardAt` in src/api/queries.ts has it.
  var one = page[1] === "project";
  var project = told.getAll("project").filter(Boolean)[0];
  if (one && !project) return;
  // As `search` in src/api/scope.ts reads it: what makes no sense in an address is not asked for here, either.
  var isDay = function (text) {
    var at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(text + "T00:00:00Z") : null;
    return at !== null && !isNaN(at) && at.toISOString().slice(0, 10) === text;
  };
  var oneOf = function (list) {
    return function (text) {
      return list.indexOf(text) >= 0;
    };
  };
  var takes = {
    from: isDay,
    until: isDay,
    grain: oneOf(["day", "week", "month"]),
    compare: oneOf(["previous", "year_ago", "target"]),
  };
  // And as `asked` has it.
  ["from", "until", "grain", "compare", "project", "team", "owning_team", "repository"].forEach(function (name) {
    if (one && name === "project") return;
    var values = told.getAll(name);
    // Of what is one thing an address that says two says none.
    var good = !takes[name] ? values.filter(Boolean) : values.length === 1 && takes[name](values[0]) ? values : [];
    good.forEach(function (value) {
      asked.append(name, value);
    });
  });
  var query = asked.toString();
  var name = one ? "project/" + encodeURIComponent(project) : page[1] || "overview";
  ask("/api/v1/dashboards/" + name + (query ? "?" + query : ""));
})();

// The first of the browser's formats of days, and of numbers, takes as long to make as a small page: it is made while nothing else can be.
setTimeout(function () {
  new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" }).format(0);
  new Intl.NumberFormat().format(0);
});
