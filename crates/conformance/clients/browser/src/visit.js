// A newcomer with a browser and nothing else: from the first page to a placed order. Prints a line for each thing
// that has to hold, `ok WHAT` or `FAILED WHAT: SEEN`.
import { createServer, request as ask } from "node:http";
import { chromium } from "playwright-core";

// Two shops: one that is asked itself, and one behind a proxy, which has it below a path of its own.
const [chrome, open, behind, beneath] = process.argv.slice(2);
const patience = 30_000;
let failed = false;

function tell(what, holds, seen) {
  failed ||= !holds;
  console.log(holds ? `ok ${what}` : `FAILED ${what}: ${String(seen).replaceAll("\n", " ")}`);
}

const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
const browser = await chromium.launch({
  executablePath: chrome,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", ...quiet],
});

try {
  await visit(open, "light", 1280);
  await visit(open, "dark", 320);
  const proxy = await stand(beneath, behind);
  await visit(beneath, "light", 1024);
  proxy.close();
} finally {
  await browser.close();
}
process.exitCode = failed ? 1 : 0;

/** A site of which the shop is a part. */
function stand(site, shop) {
  const { port, hostname, pathname } = new URL(site);
  const server = createServer((asked, answer) => {
    if (asked.url !== pathname && !asked.url.startsWith(`${pathname}/`)) {
      answer.writeHead(404).end();
      return;
    }
    const { method, headers } = asked;
    const path = asked.url.slice(pathname.length) || "/";
    const passed = ask(shop + path, { method, headers }, (told) => {
      answer.writeHead(told.statusCode, told.headers);
      told.pipe(answer);
    });
    asked.pipe(passed);
  });
  return new Promise((resolve) => server.listen(port, hostname, () => resolve(server)));
}

async function visit(base, scheme, width) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const outside = [];
  const complaints = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${base}/`) && !url.startsWith("data:") && !url.startsWith("blob:")) outside.push(url);
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  const where = `${new URL(base).pathname}, ${width} px, ${scheme}`;

  const first = await page.goto(`${base}/`);
  tell(`/ is a page (${where})`, first.status() === 200, first.status());
  await fits(page, `/ (${where})`);
  const words = await page.innerText("body");
  tell(`/ says who can log in (${where})`, words.includes("demo-password"), words);

  await page.goto(`${base}/api`);
  const links = await page.locator("a[href]").count();
  tell(`/api is a page of links (${where})`, links > 10, links);
  await fits(page, `/api (${where})`);

  await page.goto(`${base}/`);
  await page.click('main a[href$="/docs"]');
  await page.waitForSelector(".opblock");
  const before = await execute(page, "post", "/api/orders/orders");
  tell(`/docs orders nothing for a stranger (${where})`, before.status === "401", before.text);
  const login = await execute(page, "post", "/api/identity/token");
  tell(`/docs logs in with its own example (${where})`, login.status === "200", login.text);
  const order = await execute(page, "post", "/api/orders/orders");
  tell(`/docs places an order with its own example (${where})`, order.status === "201", order.text);
  const id = /"id":\s*"([0-9a-f-]{36})"/.exec(order.text)?.[1];
  const history = await execute(page, "get", "/api/orders/orders");
  tell(`the history has the order (${where})`, id && history.text.includes(id), history.text);

  await fits(page, `/docs (${where})`);

  // Another token is pasted, as the dialog has it: nobody's.
  await page.evaluate(() => scrollTo(0, 0));
  await page.click(".authorize");
  await page.click('.modal-ux .auth-btn-wrapper .btn:has-text("Logout")');
  await page.fill(".modal-ux input", "nonsense");
  await page.click(".modal-ux .auth-btn-wrapper .authorize");
  await page.click(".modal-ux .btn-done");
  const refused = await execute(page, "get", "/api/orders/orders");
  tell(`/docs sends the token that is pasted (${where})`, refused.status === "401", refused.text);

  // What the browser itself says of an answer that is a refusal.
  const real = complaints.filter((text) => !/status of 401/.test(text));
  tell(`the console is quiet (${where})`, real.length === 0, real.join("; "));
  tell(`nothing is asked of another address (${where})`, outside.length === 0, outside.join(", "));
  await context.close();
}

async function fits(page, what) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  tell(`${what} fits its window`, wide <= 0, `${wide} px too wide`);
}

/** Tries an operation out as it stands: the status, and what came. */
async function execute(page, method, path) {
  const base = page.url().split("/docs")[0];
  const block = page
    .locator(`.opblock-${method}`)
    .filter({ has: page.locator(`[data-path="${path}"]`) })
    .first();
  if (!(await block.getAttribute("class")).includes("is-open")) {
    await block.locator(".opblock-summary-control").click();
    await block.locator(".try-out__btn").click();
  }
  const answer = page.waitForResponse(
    (response) => response.url().startsWith(base + path) && response.request().method() === method.toUpperCase(),
  );
  await block.locator(".execute").click();
  const response = await answer;
  const text = await response.text();
  await block.locator(".live-responses-table .response-col_status").first().waitFor();
  const cell = block.locator(".live-responses-table tbody .response-col_status").first();
  const shown = (await cell.innerText()).trim().split("\n")[0];
  return { status: shown, text };
}
