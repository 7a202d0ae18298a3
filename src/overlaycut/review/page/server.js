// The state of the review as the server has it, changes that are sent to it, and what it says meanwhile.
const listeners = new Set();
let state = null;

export const current = () => state;
export const listen = (one) => listeners.add(one);
const tell = (kind, what) => listeners.forEach((one) => one(kind, what));

const answered = async (response) => {
  const said = await response.json();
  if (!response.ok) throw new Error(said.error);
  return said;
};
const take = (found) => {
  if (state === null || found.revision >= state.revision) {
    state = found;
    tell("state", state);
  }
};
export const load = async () => take(await answered(await fetch("state")));
export const get = async (path) => answered(await fetch(path));
const post = async (path, document) =>
  fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(document) });

// Sends a change; where another tab was quicker the state is read anew and the change is not made.
export const edit = async (change) => {
  const response = await post("edit", { revision: state.revision, ...change });
  if (response.status === 409) await load();
  try {
    take(await answered(response));
    tell("said", "saved");
    return true;
  } catch (error) {
    tell("failed", error.message);
    return false;
  }
};
export const preview = async (shot, region) => {
  try {
    await answered(await post("preview", { shot, region }));
  } catch (error) {
    tell("failed", error.message);
  }
};
const stream = new EventSource("events");
stream.onopen = () => load().catch((error) => tell("failed", error.message));
stream.onerror = () => tell("failed", "the server does not answer; it is tried again");
stream.onmessage = (message) => {
  const event = JSON.parse(message.data);
  if (event.kind === "changed") load().catch((error) => tell("failed", error.message));
  else tell(event.kind, event);
};
