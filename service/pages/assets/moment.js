// The moment control: says in which time zone its reader is, and closes when the reader turns away from it.

const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const YEAR = 366 * 24 * 3600;

/** A time as a field for a date and a time wants it, as clocks show it here. */
function local(time) {
  const moment = new Date(time);
  return new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

if (timeZone) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `leadledger_zone=${timeZone}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  for (const field of document.querySelectorAll("[name=moment_zone]")) {
    if (field.value === timeZone) continue; // the page was made before the zone was known
    field.value = timeZone;
    const at = field.form.elements.namedItem("moment_at");
    if (at?.dataset.moment) at.value = local(at.dataset.moment);
  }
  for (const said of document.querySelectorAll("[data-zone]")) said.textContent = timeZone;
}

const control = document.getElementById("moment");
document.addEventListener("click", (event) => {
  if (control?.open && !control.contains(event.target)) control.open = false;
});
control?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  control.open = false;
  control.querySelector("summary").focus();
});
