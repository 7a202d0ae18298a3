// Imports the media of a hand-over and marks the active sequence. UXP API of Premiere 25.6; since 26.3 actions have to
// be made inside lockedAccess, which earlier versions take too.

async function applyMessage(message, ppro) {
  if (message.version !== 1) throw new Error(`message version ${message.version}: this panel reads 1`);
  const project = await ppro.Project.getActiveProject();
  if (!(await project.importFiles(message.files, true, await project.getRootItem(), false)))
    throw new Error("Premiere did not import the files");
  const sequence = await project.getActiveSequence();
  if (!sequence) throw new Error("open the sequence to be marked");
  const markers = await ppro.Markers.getMarkers(sequence);
  project.lockedAccess(() => {
    project.executeTransaction((compound) => {
      for (const one of message.markers) {
        const [start, duration] = [one.start, one.duration].map((ticks) => ppro.TickTime.createWithTicks(ticks));
        compound.addAction(markers.createAddMarkerAction(one.name, "Comment", start, duration, one.comment));
      }
    }, "overlaycut markers");
  });
  const found = (await markers.getMarkers()).map((one) => `${one.getName()}@${one.getStart().ticks}`);
  const missing = message.markers.filter((one) => !found.includes(`${one.name}@${one.start}`));
  if (missing.length) throw new Error(`${missing.length} marker(s) are not there`);
  return `${message.files.length} file(s), ${message.markers.length} marker(s)`;
}

if (typeof document !== "undefined") {
  document.addEventListener("DOMContentLoaded", () => {
    const said = document.getElementById("said");
    document.getElementById("apply").addEventListener("click", async () => {
      try {
        said.textContent = await applyMessage(JSON.parse(document.getElementById("message").value), require("premierepro"));
      } catch (error) {
        said.textContent = String(error.message || error);
      }
    });
  });
}

if (typeof module !== "undefined") module.exports = { applyMessage };
