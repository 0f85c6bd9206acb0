// Runs before the page is drawn, so that a dark page does not flash white. A file of its own,
// because the policy of www allows no inline script. The key is Mantine's.
(function () {
  var chosen = null;
  try {
    chosen = window.localStorage.getItem('mantine-color-scheme-value');
  } catch {
    // Storage may be forbidden; the system's scheme is right then.
  }
  var scheme = chosen === 'light' || chosen === 'dark' ? chosen : window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.setAttribute('data-mantine-color-scheme', scheme);
})();
