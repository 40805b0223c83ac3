/* SPDX-License-Identifier: BSD-2-Clause
 * A browser without a window, driven over a pipe with Chromium's DevTools protocol.
 * Nothing but Node and Chromium is needed. */
"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const names = ["chromium", "chromium-browser", "google-chrome"];

function find() {
    for (const name of process.env.ECAM_CHROMIUM ? [process.env.ECAM_CHROMIUM] : names)
        for (const folder of path.isAbsolute(name) ? [""] : process.env.PATH.split(":"))
            if (fs.existsSync(path.join(folder, name)))
                return path.join(folder, name);
    return null;
}

class Browser {
    constructor(program) {
        this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "browser-"));
        this.process = spawn(program, ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--hide-scrollbars", "--remote-debugging-pipe",
            `--user-data-dir=${this.folder}`], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
        this.waiting = new Map();
        this.listeners = [];
        this.id = 0;
        let text = "";
        this.process.stdio[4].on("data", bytes => {
            text += bytes;
            for (let end; (end = text.indexOf("\0")) >= 0; text = text.slice(end + 1))
                this.take(JSON.parse(text.slice(0, end)));
        });
    }

    take(message) {
        const waiting = this.waiting.get(message.id);
        this.waiting.delete(message.id);
        if (waiting === undefined)
            this.listeners.forEach(listener => listener(message));
        else if (message.error)
            waiting.reject(new Error(message.error.message));
        else
            waiting.resolve(message.result);
    }

    send(method, params = {}, sessionId = undefined) {
        const id = ++this.id;
        return new Promise((resolve, reject) => {
            this.waiting.set(id, { resolve, reject });
            this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
        });
    }

    async close() {
        const ended = new Promise(resolve => this.process.on("exit", resolve));
        await this.send("Browser.close").catch(() => {});
        await ended;
        fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
}

/* One tab, which notes what a page must not do. */
class Page {
    static async open(browser, file, { width = 1280, height = 900, dark = false, media = "" } = {}) {
        const page = new Page();
        page.browser = browser;
        page.complaints = [];
        page.url = `file://${fs.realpathSync(file)}`;
        const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
        page.targetId = targetId;
        page.session = (await browser.send("Target.attachToTarget", { targetId, flatten: true })).sessionId;
        browser.listeners.push(message => message.sessionId === page.session && page.note(message));
        for (const domain of ["Page", "Runtime", "Log", "Network", "Audits"])
            await page.send(`${domain}.enable`);
        await page.send("Emulation.setDeviceMetricsOverride",
            { width, height, deviceScaleFactor: 1, mobile: false });
        await page.send("Emulation.setEmulatedMedia",
            { media, features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }] });
        const loaded = new Promise(resolve => (page.onLoad = resolve));
        await page.send("Page.navigate", { url: page.url });
        await loaded;
        return page;
    }

    send(method, params) {
        return this.browser.send(method, params, this.session);
    }

    note({ method, params }) {
        if (method === "Page.loadEventFired")
            this.onLoad();
        else if (method === "Runtime.consoleAPICalled")
            this.complaints.push(`console: ${params.args.map(a => a.value).join(" ")}`);
        else if (method === "Runtime.exceptionThrown")
            this.complaints.push(`exception: ${params.exceptionDetails.exception.description}`);
        else if (method === "Log.entryAdded")
            this.complaints.push(`log: ${params.entry.text}`);
        else if (method === "Audits.issueAdded")
            this.complaints.push(`issue: ${JSON.stringify(params.issue.details)}`);
        else if (method === "Network.requestWillBeSent" && params.request.url !== this.url &&
            !params.request.url.startsWith("data:"))
            this.complaints.push(`request: ${params.request.url}`);
    }

    /* The value of an expression, or of a promise. */
    async run(expression) {
        const { result, exceptionDetails } = await this.send("Runtime.evaluate",
            { expression, returnByValue: true, awaitPromise: true });
        if (exceptionDetails)
            throw new Error(`${expression}: ${exceptionDetails.exception.description}`);
        return result.value;
    }

    async press(key, times = 1) {
        const codes = { Tab: 9, " ": 32, Enter: 13, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, End: 35, Home: 36 };
        const text = key === "Enter" ? "\r" : key === " " ? " " : undefined;
        for (let i = 0; i < times; i++) {
            const event = { key, code: key === " " ? "Space" : key, windowsVirtualKeyCode: codes[key], text };
            await this.send("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", ...event });
            await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event, text: undefined });
        }
    }

    /* x and y are parts of the element's width and height. */
    async point(selector, x = 0.5, y = 0.5, isClick = false) {
        const at = await this.run(`(() => {
            const element = document.querySelector(${JSON.stringify(selector)});
            element.scrollIntoView({ block: "center" });
            const box = element.getBoundingClientRect();
            return { x: box.left + ${x} * box.width, y: box.top + ${y} * box.height };
        })()`);
        await this.send("Input.dispatchMouseEvent", { type: "mouseMoved", ...at });
        for (const type of isClick ? ["mousePressed", "mouseReleased"] : [])
            await this.send("Input.dispatchMouseEvent", { type, ...at, button: "left", clickCount: 1 });
        return at;
    }

    click(selector) {
        return this.point(selector, 0.5, 0.5, true);
    }

    async screenshot(file) {
        const { data } = await this.send("Page.captureScreenshot", { captureBeyondViewport: true });
        fs.writeFileSync(file, Buffer.from(data, "base64"));
    }

    /* How many A4 pages it prints to. */
    async countPrinted(file) {
        const { data } = await this.send("Page.printToPDF", { paperWidth: 8.27, paperHeight: 11.69 });
        const bytes = Buffer.from(data, "base64");
        if (file)
            fs.writeFileSync(file, bytes);
        return (bytes.toString("latin1").match(/\/Type\s*\/Page\b/g) || []).length;
    }

    async close() {
        await this.browser.send("Target.closeTarget", { targetId: this.targetId });
    }
}

module.exports = { Browser, Page, find };
