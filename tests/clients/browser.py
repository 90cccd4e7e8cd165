"""A web page of another origin moves a number in a real browser, by fetch and an EventSource that
survives a crash of the service.

    python browser.py target/debug/waba-migrator [/usr/bin/chromium]
"""

import http.server
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading

import service
from service import DESTINATION, SOURCE, free_port

DIGITS = "12025550100"
PAGE_PORT = free_port()
ORIGIN = f"http://127.0.0.1:{PAGE_PORT}"

PAGE = """<!doctype html><meta charset="utf-8"><title>A console</title><script>
const api = "SERVICE";
const seen = {ids: [], states: [], ended: 0, closed: false, resumed: false};
const report = (what, value) => fetch("/" + what, {method: "POST", body: JSON.stringify(value)}).then(answer => answer.json());
const post = async (path, body, headers) => {
  const answer = await fetch(api + path, {
    method: "POST",
    headers: {"content-type": "application/json", ...headers},
    body: JSON.stringify(body),
  });
  return answer.json();
};
const run = async () => {
  const {migration} = await post("/v1/migrations", REQUEST, {"idempotency-key": "browser"});
  const events = new EventSource(`${api}/v1/migrations/${migration.id}/watch`);
  events.onmessage = message => {
    seen.ids.push(Number(message.lastEventId));
    seen.states.push(JSON.parse(message.data).event.state);
  };
  let opened = 0;
  events.onopen = () => { opened += 1; seen.resumed = opened > 1; };
  events.addEventListener("end", () => { seen.ended += 1; });
  const waiting = async found => { while (!found()) await new Promise(done => setTimeout(done, 50)); };
  await waiting(() => seen.states.includes("STATE_WAITING_FOR_CODE"));
  const {code} = await report("waiting", migration.id);
  await waiting(() => seen.resumed);
  const moved = await post(`/v1/migrations/${migration.id}/code`, {code});
  seen.state = moved.migration.state;
  // The browser reconnects once more, and learns that there are no more events.
  await waiting(() => events.readyState === EventSource.CLOSED);
  seen.closed = true;
};
run().catch(error => { seen.error = String(error); }).finally(() => report("done", seen));
</script>"""


def page_server(service, reports):
    """Serves the page, crashes the service when the page waits for its code, and receives what the page saw."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self, kind, text):
            self.send_response(200)
            self.send_header("content-type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def do_GET(self):
            request = {"phoneNumber": f"+{DIGITS}", "sourceWabaId": SOURCE, "destinationWabaId": DESTINATION}
            page = PAGE.replace("SERVICE", service.url).replace("REQUEST", json.dumps(request))
            self.answer("text/html", page)

        def do_POST(self):
            value = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path == "/waiting":
                service.kill()
                service.start()
                self.answer("application/json", json.dumps({"code": service.code(DIGITS)}))
            else:
                self.answer("application/json", "{}")
                reports.put(value)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", PAGE_PORT), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def a_page_follows_a_migration_to_its_end(service):
    reports = queue.Queue()
    server = page_server(service, reports)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        command = [BROWSER, *flags, f"--user-data-dir={profile}", "--remote-debugging-port=0", ORIGIN]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            seen = reports.get(timeout=60)
        finally:
            browser.terminate()
            browser.wait(timeout=20)
            server.shutdown()
    assert "error" not in seen, seen
    assert seen["state"] == "STATE_SUCCEEDED" and seen["states"][-1] == "STATE_SUCCEEDED", seen
    assert seen["ids"] == list(range(1, len(seen["ids"]) + 1)), "each event once and in order, across the crash"
    assert seen["ended"] == 1 and seen["closed"] and seen["resumed"], seen


if __name__ == "__main__":
    program, BROWSER = os.path.abspath(sys.argv[1]), [*sys.argv, "chromium"][2]
    allowed = {"rest__cors_origins": ORIGIN}
    sys.exit(service.run([a_page_follows_a_migration_to_its_end], lambda folder: service.Service(program, folder, **allowed)))
