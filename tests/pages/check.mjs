// The pages of a service in a browser, on a phone and on a desk, light and dark: nothing is wider
// than the screen, the console stays empty, every link and anchor leads somewhere, and axe-core
// finds no serious barrier. Prints the problems, and fails if there are any.
//
//     node check.mjs http://127.0.0.1:8080 /usr/bin/chromium [LINK...]
//
// Each LINK must open a heading: those of a real migration.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [service, program, ...links] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const problems = [];

const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
for (const width of [390, 1280]) {
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ viewport: { width, height: 844 }, colorScheme });
    const page = await context.newPage();
    let where = "";
    page.on("console", (message) => problems.push(`${where}: console: ${message.text()}`));
    page.on("pageerror", (error) => problems.push(`${where}: ${error.message}`));
    const ids = new Map();
    const found = new Set();
    const open = [`${service}/docs`];
    while (open.length) {
      const url = open.pop();
      if (ids.has(url)) continue;
      where = `${url} at ${width} px, ${colorScheme}`;
      const answer = await page.goto(url);
      if (answer.status() !== 200) problems.push(`${where}: status ${answer.status()}`);
      const seen = await page.evaluate(() => ({
        ids: [...document.querySelectorAll("[id]")].map((element) => element.id),
        links: [...document.querySelectorAll("a[href]")].map((link) => link.href),
        width: document.documentElement.scrollWidth,
      }));
      ids.set(url, new Set(seen.ids));
      if (seen.width > width) problems.push(`${where}: ${seen.width} px wide`);
      for (const link of seen.links.filter((link) => link.startsWith(service))) {
        found.add(link);
        if (!link.endsWith(".json")) open.push(link.split("#")[0]);
      }
      // axe-core takes some seconds a page, and the types page is like those of the services.
      const isChecked = (width === 390) === (colorScheme === "light") && !url.endsWith("/types");
      if (!isChecked || !(answer.headers()["content-type"] ?? "").startsWith("text/html")) continue;
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
      for (const { id, impact, nodes } of violations.filter((it) => ["serious", "critical"].includes(it.impact))) {
        problems.push(`${where}: ${impact} ${id}: ${nodes[0].html}`);
      }
    }
    for (const link of found) {
      const [url, anchor] = link.split("#");
      if (anchor && ids.has(url) && !ids.get(url).has(anchor)) problems.push(`${link} leads to no anchor`);
    }
    for (const link of links) {
      where = link;
      await page.goto(link);
      const heading = await page.evaluate(() => document.querySelector(":target")?.tagName ?? "");
      if (!/^H[23]$/.test(heading)) problems.push(`${link} opens no heading`);
    }
    if (ids.size < 8) problems.push(`only ${ids.size} pages at ${width} px`);
    await context.close();
  }
}
await browser.close();
for (const problem of new Set(problems)) console.log(problem);
process.exit(problems.length ? 1 : 0);
