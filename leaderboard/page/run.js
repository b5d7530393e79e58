"use strict";
// Every text of the run goes into the page as textContent, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const PARENT = 0, ACTION = 1, WORDS = 2, ANSWER = 3, REWARD = 4, ENDS = 5, VALUE = 6, VISITS = 7;
const list = document.getElementById("list"), panel = document.getElementById("episode");
const env = document.getElementById("env"), outcome = document.getElementById("outcome");

function element(tag, name, text, ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined && text !== null) made.textContent = text;
  made.append(...children);
  return made;
}

function fixed(number, digits = 3) { return number.toFixed(digits); }

function outcomeOf(episode) {
  return episode.error ? "error" : episode.success ? "success" : "no success";
}

function drawList() {
  const shown = data.episodes.map((episode, i) => [episode, i]).filter(([episode]) =>
    (!env.value || episode.env === env.value) && (!outcome.value || outcomeOf(episode) === outcome.value));
  list.replaceChildren(...shown.map(([episode, i]) => {
    const button = element("button", "", null,
      element("span", "env", episode.env), element("span", "id", episode.id),
      element("span", "score " + (episode.success ? "yes" : episode.error ? "no" : ""),
        episode.error ? "error" : fixed(episode.score, 2)));
    button.type = "button";
    button.title = episode.id;
    if ("#" + i === location.hash) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => { location.hash = i; });
    return element("li", "", null, button);
  }));
}

function drawEpisode() {
  const episode = data.episodes[Number(location.hash.slice(1)) || 0];
  if (!episode) { panel.replaceChildren(element("p", "note", "no episodes")); return; }
  const tree = grown(episode);
  const counts = `score ${fixed(episode.score)} · ${outcomeOf(episode)} · ${tree.path.length - 1} steps chosen of ` +
    `${episode.nodes.length - 1} in the tree · ${episode.policy_tokens} policy tokens, ${episode.rm_tokens} reward model tokens · ` +
    `${fixed(episode.seconds, 1)} s`;
  const parts = [element("h2", "", `${episode.env}  ${episode.id}`), element("p", "facts", counts)];
  if (episode.error) parts.push(element("p", "error", episode.error));
  parts.push(element("div", "goal", episode.goal), element("p", "answer", data.texts[episode.nodes[0][ANSWER]]));
  parts.push(drawPath(tree, 0, 1, true));
  panel.replaceChildren(...parts);
}

function grown(episode) {
  const children = episode.nodes.map(() => []);
  episode.nodes.forEach((node, i) => { if (node[PARENT] >= 0) children[node[PARENT]].push(i); });
  const path = [episode.chosen];
  while (episode.nodes[path[0]][PARENT] >= 0) path.unshift(episode.nodes[path[0]][PARENT]);
  const values = episode.nodes.map((node) => node[VALUE]).filter((value) => value !== null);
  const low = values.reduce((a, b) => Math.min(a, b), Infinity), high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return { nodes: episode.nodes, children, path, chosen: new Set(path), low, high };
}

// A path goes on with the chosen child, else with the best; the other children hang from it,
// so the indentation says how often one left the path, not how deep the tree is.
function drawPath(tree, from, number, chosen) {
  const steps = element("ol", chosen ? "path chosen" : "path");
  for (let at = from; tree.children[at].length; number++) {
    const next = onward(tree, at), others = tree.children[at].filter((child) => child !== next);
    if (chosen && !tree.chosen.has(next)) {
      steps.append(element("li", "step", null, drawOthers(tree, tree.children[at], number)));
      break;
    }
    const step = drawStep(tree, next, number);
    if (others.length) step.append(drawOthers(tree, others, number));
    steps.append(step);
    at = next;
  }
  return steps;
}

function onward(tree, at) {
  const best = (a, b) => {
    if (tree.chosen.has(a) !== tree.chosen.has(b)) return tree.chosen.has(a) ? a : b;
    return (tree.nodes[b][VALUE] ?? -Infinity) > (tree.nodes[a][VALUE] ?? -Infinity) ? b : a;
  };
  return tree.children[at].reduce(best);
}

function drawStep(tree, i, number) {
  const node = tree.nodes[i], step = element("li", "step", null, drawHead(tree, i, number));
  const words = data.texts[node[WORDS]];
  if (words) step.append(element("div", "words", words));
  step.append(element("div", "answer", data.texts[node[ANSWER]]));
  return step;
}

function drawHead(tree, i, number) {
  const node = tree.nodes[i];
  const head = element("span", "head", null, element("span", "number", number), element("span", "action", data.texts[node[ACTION]]));
  if (node[VALUE] !== null) {
    const value = element("span", "value", fixed(node[VALUE]));
    const span = tree.high - tree.low;
    value.style.setProperty("--share", `${span > 0 ? 100 * (node[VALUE] - tree.low) / span : 0}%`);
    value.title = "value: the reward model's score, or the search's mean return";
    head.append(value);
  }
  if (node[VISITS]) head.append(element("span", "note", `${node[VISITS]} visits`));
  if (node[REWARD]) head.append(element("span", "note", `reward ${node[REWARD] > 0 ? "+" : ""}${fixed(node[REWARD])}`));
  if (node[ENDS]) head.append(element("span", node[ENDS].includes("success") ? "yes note" : "note", node[ENDS]));
  return head;
}

function drawOthers(tree, others, number) {
  const box = element("details", "others", null, element("summary", "", `${others.length} other${others.length > 1 ? "s" : ""}`));
  onceOpen(box, () => others.map((i) => {
    const other = element("details", "other", null, element("summary", "", null, drawHead(tree, i, number)));
    onceOpen(other, () => {
      const first = drawStep(tree, i, number);
      first.firstChild.remove();
      return [...first.childNodes, drawPath(tree, i, number + 1, false)];
    });
    return other;
  }));
  return box;
}

function onceOpen(details, draw) {
  details.addEventListener("toggle", () => details.append(...draw()), { once: true });
}

function draw() { drawList(); drawEpisode(); }

for (const name of [...new Set(data.episodes.map((episode) => episode.env))].sort()) {
  env.append(element("option", "", name));
}
env.addEventListener("change", drawList);
outcome.addEventListener("change", drawList);
addEventListener("hashchange", draw);
if (!location.hash) history.replaceState(null, "", "#0");
draw();
