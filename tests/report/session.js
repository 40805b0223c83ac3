/* SPDX-License-Identifier: BSD-2-Clause
 * session.js PROGRAM MODEL: makes reports and uses them as a reader does, by keyboard and
 * by pointer. Exit status 77 where there is no browser. ECAM_AXE may name axe-core's
 * axe.js; ECAM_SHOTS a folder for screenshots, to be looked at; ECAM_REPORT_MODELS more
 * models, with ':' between them. */
"use strict";
const { execFileSync } = require("node:child_process");
const assert = require("node:assert");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { Browser, Page, find } = require("./browser.js");

const [program, model] = process.argv.slice(2).map(word => path.resolve(word));
const photos = path.join(__dirname, "../../docs/photos");
const cat = path.join(photos, "cat_chelsea.png"), raccoon = path.join(photos, "raccoon_face_512.jpg");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "report-"));
const inFolder = name => path.join(folder, name);

function eigencam(...words) {
    return execFileSync(program, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function report(name, ...words) {
    eigencam("report", "-q", "-m", model, "-o", name, ...words);
    return inFolder(name);
}

/* A .npy file of float32. */
function readNpy(file) {
    const bytes = fs.readFileSync(file);
    const begin = 10 + bytes.readUInt16LE(8);
    return (y, x, w) => bytes.readFloatLE(begin + 4 * (y * w + x));
}

function isNear(a, b, tolerance, what) {
    assert.ok(Math.abs(a - b) <= tolerance, `${what}: ${a}, ${b} is expected`);
}

/* What is shown: heat, its opacity, box. */
const shown = `(() => {
    const heat = document.querySelector(".heat"), style = getComputedStyle(heat);
    return { heat: style.display !== "none", opacity: Number(style.opacity),
        box: getComputedStyle(document.querySelector(".box-light")).display !== "none" };
})()`;

const tests = {
    async "views switch by keyboard and by pointer"(browser, { brief }) {
        const page = await Page.open(browser, brief);
        const overlay = { heat: true, opacity: 0.5, box: true };
        assert.deepStrictEqual(await page.run(shown), overlay);
        await page.run(`document.querySelector(".show-overlay").focus()`);
        await page.press("ArrowRight");
        assert.deepStrictEqual(await page.run(shown), { heat: false, opacity: 0.5, box: false });
        await page.press("ArrowRight");
        assert.deepStrictEqual(await page.run(shown), { heat: true, opacity: 1, box: false });
        await page.press("ArrowRight");
        assert.deepStrictEqual(await page.run(shown), { heat: false, opacity: 0.5, box: true });
        await page.click("label[for$=overlay]");
        assert.deepStrictEqual(await page.run(shown), overlay);
        await page.click("label[for$=photo]");
        assert.deepStrictEqual(await page.run(shown), { heat: false, opacity: 0.5, box: false });
        return page;
    },

    async "opacity follows the slider"(browser, { brief }) {
        const page = await Page.open(browser, brief);
        await page.run(`document.querySelector(".opacity").focus()`);
        await page.press("ArrowRight", 5);
        isNear((await page.run(shown)).opacity, 0.55, 1e-6, "opacity");
        assert.strictEqual(await page.run(`document.querySelector(".opacity-now").value`), "55 %");
        await page.press("End");
        assert.strictEqual((await page.run(shown)).opacity, 1);
        await page.point(".opacity", 0.1, 0.5, true);
        const opacity = (await page.run(shown)).opacity;
        assert.ok(opacity < 0.2, `opacity ${opacity} after a click far left`);
        return page;
    },

    async "the value at a pixel is that of 'explain'"(browser, { brief }) {
        eigencam("explain", "-q", "-m", model, "--save", "map", "-o", "map", cat);
        const map = readNpy(inFolder("map/cat_chelsea.map.npy"));
        const page = await Page.open(browser, brief);
        const value = () => page.run(`Number(document.querySelector(".probe-value").value)`);
        for (const [x, y] of [[0.1, 0.2], [0.5, 0.5], [0.97, 0.93]]) {
            await page.point(".stage", x, y);
            const [px, py] = await page.run(
                `["x", "y"].map(a => Number(document.querySelector(".probe-" + a).value))`);
            isNear(px, 451 * x, 2, "x");
            isNear(py, 300 * y, 2, "y");
            const want = map(py, px, 451);
            isNear(await value(), want, 1e-4 * Math.abs(want), `value at ${px}, ${py}`);
        }
        await page.run(`document.querySelector(".probe-x").focus(); document.querySelector(".probe-x").value = 100; document.querySelector(".probe-y").value = 50`);
        await page.press("ArrowUp", 3);
        assert.strictEqual(await page.run(`document.querySelector(".probe-x").value`), "103");
        const want = map(50, 103, 451);
        isNear(await value(), want, 1e-4 * Math.abs(want), "value by keyboard");
        assert.notStrictEqual(await page.run(`document.querySelector(".cross-light").getAttribute("d")`), "");
        await page.press("Tab");
        await page.press("ArrowDown", 2);
        assert.strictEqual(await page.run(`document.querySelector(".probe-y").value`), "48");
        isNear(await value(), map(48, 103, 451), 1e-4 * Math.abs(map(48, 103, 451)), "value by keyboard, y");
        await page.click(".probe-x");
        await page.run(`document.activeElement.select()`);
        await page.send("Input.insertText", { text: "9999" });
        assert.strictEqual(await page.run(`document.querySelector(".probe-value").value`), "not seen");
        return page;
    },

    async "what was cropped away has no value"(browser) {
        const file = report("cropped.html", "--preset", "torchvision", cat);
        const page = await Page.open(browser, file);
        await page.point(".stage", 0.01, 0.5);
        assert.strictEqual(await page.run(`document.querySelector(".probe-value").value`), "not seen");
        return page;
    },

    async "a layer's receptive field is drawn"(browser, { full }) {
        const page = await Page.open(browser, full);
        const buttons = await page.run(`document.querySelectorAll(".layers button").length`);
        assert.ok(buttons > 50, `${buttons} layers can be chosen`);
        const chosen = `document.querySelector(".layers button[aria-pressed=true]")?.textContent`;
        assert.strictEqual(await page.run(chosen), undefined);
        await page.run(`document.querySelector(".layers button").focus()`);
        await page.press("Enter");
        assert.strictEqual(await page.run(chosen), "conv1");
        const field = await page.run(`["width", "height"].map(a => Number(document.querySelector(".field-light").getAttribute(a)))`);
        isNear(field[0], 7 * 451 / 224, 1e-9, "width");
        isNear(field[1], 7 * 300 / 224, 1e-9, "height");
        assert.match(await page.run(`document.querySelector(".field-now").textContent`), /conv1 is 7 x 7 of the input's 224 x 224/);
        await page.press("Tab");
        await page.press(" ");
        assert.strictEqual(await page.run(chosen), "bn1");
        await page.click(".layers tbody tr:nth-child(4) button");
        assert.strictEqual(await page.run(chosen), "maxpool");
        return page;
    },

    async "everything can be reached by Tab alone"(browser, { full }) {
        const page = await Page.open(browser, full);
        const seen = new Set();
        for (let i = 0; i < 12; i++) {
            await page.press("Tab");
            seen.add(await page.run(`document.activeElement.className || document.activeElement.tagName`));
        }
        for (const name of ["skip", "show-overlay", "opacity", "probe-x", "probe-y", "SUMMARY", "wide"])
            assert.ok(seen.has(name), `${name} is not among ${[...seen]}`);
        await page.run(`document.querySelector("summary").focus()`);
        await page.press("Enter");
        assert.strictEqual(await page.run(`document.querySelector("details").open`), true);
        await page.click("summary");
        assert.strictEqual(await page.run(`document.querySelector("details").open`), false);
        return page;
    },

    async "links lead to the parts of a page"(browser, { many }) {
        const page = await Page.open(browser, many);
        const top = id => page.run(`document.getElementById("${id}").getBoundingClientRect().top`);
        await page.press("Tab");
        assert.strictEqual(await page.run("document.activeElement.className"), "skip");
        await page.press("Enter");
        assert.strictEqual(await page.run("location.hash"), "#content");
        await page.click(".contents li:nth-child(2) a");
        assert.strictEqual(await page.run("location.hash"), "#photo-2");
        isNear(await top("photo-2"), 0, 2, "place of the second photo");
        await page.run(`document.querySelector(".contents li:last-child a").focus()`);
        await page.press("Enter");
        assert.strictEqual(await page.run("location.hash"), "#network");
        for (const id of ["photo-1", "photo-2", "network"])
            assert.strictEqual(typeof await top(id), "number");
        return page;
    },

    async "numbers are those of 'explain --json'"(browser, { full }) {
        const want = JSON.parse(eigencam("explain", "-q", "-m", model, "--json", "--save", "json", "-o", "json", cat));
        const page = await Page.open(browser, full);
        const values = selector => page.run(
            `[...document.querySelectorAll(${JSON.stringify(selector)})].map(e => e.value)`);
        assert.deepStrictEqual(await values(".share"), [String(want.maps[0].share)]);
        assert.deepStrictEqual(await values(".gap"), [String(want.maps[0].gap)]);
        const classes = want.top.flatMap(t => [t.probability, t.logit]);
        assert.deepStrictEqual((await values(".classes data")).map(Number), classes);
        const box = await page.run(`["x", "y", "width", "height"].map(a => Number(document.querySelector(".box-light").getAttribute(a)))`);
        const [x0, y0, x1, y1] = want.maps[0].box;
        assert.deepStrictEqual(box, [x0, y0, x1 - x0 + 1, y1 - y0 + 1]);
        return page;
    },

    async "what is worked out by hand is what the network had"(browser, { teach }) {
        const page = await Page.open(browser, teach);
        const values = name => page.run(`[...document.querySelectorAll("data.${name}")].map(e => Number(e.value))`);
        const byHand = await values("by-hand"), byNetwork = await values("by-network");
        assert.strictEqual(byHand.length, 3); /* convolution, max-pool, dense */
        byHand.forEach((value, i) => isNear(value, byNetwork[i], 1e-5 * Math.abs(value), `value ${i}`));
        assert.match(await page.run(`document.querySelector(".by-hand").textContent`), /Then relu \(relu\) makes/);
        const angles = await page.run(`[...document.querySelectorAll("figcaption")].map(f => /off by ([0-9.]+)/.exec(f.textContent)).filter(m => m).map(m => Number(m[1]))`);
        assert.strictEqual(angles.length, 8);
        angles.slice(1).forEach((angle, i) => assert.ok(angle <= angles[i], `angles ${angles}`));
        assert.ok(angles[7] < 1, `angles ${angles}`);
        assert.strictEqual(await page.run(`document.querySelectorAll(".graph .marked").length`), 1);
        assert.strictEqual(await page.run(`document.querySelectorAll(".graph .node").length`), 69);
        return page;
    },

    async "two explanations are compared"(browser) {
        for (const [name, photo, layer] of [["a", cat, "layer4.1"], ["b", cat, "layer3"], ["c", raccoon, "layer4.1"]])
            eigencam("explain", "-q", "-m", model, "-l", layer, "--save", "raw,json", "-o", name, photo);
        const value = (page, name) => page.run(`Number(document.querySelector("data.${name}").value)`);
        let page;
        eigencam("report", "--compare", "a/cat_chelsea.json", "a/cat_chelsea.json", "-o", "same.html");
        page = await Page.open(browser, inFolder("same.html"));
        for (const name of ["pearson", "ssim", "regions", "boxes"])
            isNear(await value(page, name), 1, 1e-12, name);
        assert.strictEqual(await page.run(`document.querySelectorAll(".both .tapped").length`), 0);
        eigencam("report", "--compare", "a/cat_chelsea.json", "b/cat_chelsea.json", "-o", "layers.html");
        page = await Page.open(browser, inFolder("layers.html"), { width: 360 });
        assert.ok(await value(page, "pearson") < 0.5);
        const differing = await page.run(`[...document.querySelectorAll(".both .tapped th")].map(e => e.textContent)`);
        assert.ok(differing.includes("layer") && !differing.includes("photo"), `${differing}`);
        assert.ok(await page.run("document.documentElement.scrollWidth") <= 360);
        eigencam("report", "--compare", "a/cat_chelsea.json", "c/raccoon_face_512.json", "-o", "photos.html");
        page = await Page.open(browser, inFolder("photos.html"));
        assert.match(await page.run("document.body.textContent"), /as parts of each photo: their sizes differ/);
        if (process.env.ECAM_AXE) {
            await page.run(fs.readFileSync(process.env.ECAM_AXE, "utf8") + "; 0");
            assert.deepStrictEqual(await page.run(`axe.run().then(r => r.violations.map(v => v.id))`), []);
        }
        return page;
    },

    async "results are sorted and filtered"(browser) {
        eigencam("explain", "-q", "-m", model, "-l", "layer2,layer3,layer4", "--save", "overlay,json", "-o", "results", cat, raccoon);
        eigencam("report", "--index", "results", "-o", "index.html");
        let page = await Page.open(browser, inFolder("index.html"), { width: 360 });
        assert.ok(await page.run("document.documentElement.scrollWidth") <= 360);
        page = await Page.open(browser, inFolder("index.html"));
        const column = n => page.run(`[...document.querySelectorAll(".index tbody tr")].filter(r => !r.hidden).map(r => r.cells[${n}].dataset.value ?? r.cells[${n}].textContent)`);
        assert.strictEqual((await column(1)).length, 6);
        assert.strictEqual(await page.run(`document.querySelectorAll(".index img").length`), 6);
        await page.run(`document.querySelector(".index th:nth-child(6) button").focus()`);
        await page.press("Enter");
        const up = (await column(5)).map(Number);
        assert.deepStrictEqual(up, [...up].sort((a, b) => a - b));
        await page.press(" ");
        assert.deepStrictEqual((await column(5)).map(Number), [...up].reverse());
        assert.strictEqual(await page.run(`document.querySelector(".index th:nth-child(6)").getAttribute("aria-sort")`), "descending");
        await page.click(".index th:nth-child(2) button");
        const photos = await column(1);
        assert.deepStrictEqual(photos, [...photos].sort());
        await page.run(`document.querySelector(".filter-text").focus()`);
        await page.send("Input.insertText", { text: "COUGAR" });
        assert.deepStrictEqual(new Set(await column(1)), new Set(["cat_chelsea.png"]));
        assert.strictEqual(await page.run(`document.querySelector(".shown-now").textContent`), "3 of 6 results");
        await page.run(`document.querySelector(".filter-text").select()`);
        await page.send("Input.insertText", { text: "layer" });
        const middle = Math.round(50 * (up[2] + up[3]));
        await page.run(`document.querySelector(".filter-least").select()`);
        await page.send("Input.insertText", { text: String(middle) });
        (await column(5)).forEach(share => assert.ok(100 * Number(share) >= middle));
        await page.click(".filter-most");
        await page.press("ArrowDown");
        assert.strictEqual(await page.run(`document.querySelector(".filter-most").value`), "99");
        assert.strictEqual((await column(5)).length, up.filter(share => 100 * share >= middle).length);
        if (process.env.ECAM_AXE) {
            await page.run(fs.readFileSync(process.env.ECAM_AXE, "utf8") + "; 0");
            assert.deepStrictEqual(await page.run(`axe.run().then(r => r.violations.map(v => v.id))`), []);
        }
        return page;
    },

    async "other models make good pages too"(browser) {
        if (!process.env.ECAM_REPORT_MODELS)
            return "skipped: ECAM_REPORT_MODELS names no models";
        let page;
        for (const other of process.env.ECAM_REPORT_MODELS.split(":"))
            for (const level of ["brief", "full", "teach"]) {
                eigencam("report", "-q", "-m", path.resolve(other), "--level", level, "-o", "other.html", cat);
                page = await Page.open(browser, inFolder("other.html"));
                assert.strictEqual(await page.run(`[...document.images].filter(i => !i.naturalWidth).length`), 0);
                await page.click("label[for$=heat]");
                assert.strictEqual((await page.run(shown)).opacity, 1);
                assert.deepStrictEqual(page.complaints, [], `${other} ${level}`);
            }
        return page;
    },

    async "a name is a name, whatever is in it"(browser) {
        const name = `<img src=x onerror=alert(1)>"'&amp;{{x}}\u00e9.png`;
        fs.copyFileSync(cat, inFolder(name));
        const labels = Array.from({ length: 111 }, (_, i) => `</script><script>alert(${i})</script>`);
        fs.writeFileSync(inFolder("labels.txt"), labels.join("\n"));
        const file = report("hostile.html", "--level", "full", "--labels", "labels.txt", name, cat);
        const page = await Page.open(browser, file);
        assert.strictEqual(await page.run(`document.querySelector("h2").textContent`), name);
        assert.match(await page.run(`document.querySelector(".classes th[scope=row]").textContent`), /^<\/script><script>alert/);
        assert.strictEqual(await page.run("document.scripts.length"), 1);
        assert.strictEqual(await page.run(`document.querySelectorAll("img:not([src^='data:'])").length`), 0);
        return page;
    },

    async "without a script the views still switch"(browser, { brief }) {
        const file = inFolder("no-script.html");
        fs.writeFileSync(file, fs.readFileSync(brief, "utf8").replace(/<script>[^]*<\/script>/, ""));
        const page = await Page.open(browser, file);
        await page.click("label[for$=heat]");
        assert.strictEqual((await page.run(shown)).opacity, 1);
        assert.strictEqual(await page.run(`document.querySelector(".controls").offsetHeight`), 0);
        return page;
    },

    async "no width is too narrow"(browser, { full, many, teach }) {
        let page;
        for (const file of [full, many, teach])
            for (const width of [320, 360, 768, 1280, 1920]) {
                page = await Page.open(browser, file, { width, dark: width === 360 });
                const needed = await page.run("document.documentElement.scrollWidth");
                assert.ok(needed <= width, `${file}: ${needed} pixels wide at ${width}`);
            }
        return page;
    },

    async "a brief report prints to two pages"(browser, { brief, portrait }) {
        let page;
        for (const file of [brief, portrait]) {
            page = await Page.open(browser, file);
            const n = await page.countPrinted();
            assert.ok(n === 1 || n === 2, `${file}: ${n} pages`);
        }
        return page;
    },

    async "axe-core finds no violation"(browser, { brief, full, many, teach }) {
        let page;
        if (!process.env.ECAM_AXE)
            return "skipped: ECAM_AXE names no axe.js";
        for (const file of [brief, full, many, teach])
            for (const dark of [false, true]) {
                page = await Page.open(browser, file, { dark });
                await page.run(fs.readFileSync(process.env.ECAM_AXE, "utf8") + "; 0");
                const found = await page.run(`axe.run(document, { resultTypes: ["violations"] }).then(r => r.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(" | ")))`);
                assert.deepStrictEqual(found, []);
            }
        return page;
    },
};

async function screenshots(browser, files, to) {
    for (const [name, file] of Object.entries(files))
        for (const [width, dark] of [[360, false], [360, true], [1280, false], [1280, true], [1920, false]]) {
            const page = await Page.open(browser, file, { width, dark });
            await page.screenshot(path.join(to, `${name}-${width}${dark ? "-dark" : ""}.png`));
            await page.countPrinted(path.join(to, `${name}.pdf`));
            await page.close();
        }
}

async function main() {
    const chromium = find();
    if (chromium === null) {
        console.log("SKIPPED: no chromium here; reports are not tried in a browser");
        return 77;
    }
    const tall = inFolder("tall.npy"); /* 3 x 320 x 160 of small numbers */
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 320, 160), }".padEnd(117) + "\n";
    const values = Float32Array.from({ length: 3 * 320 * 160 }, (_, i) => Math.sin(i / 777) + Math.cos(i / 31));
    fs.writeFileSync(tall, Buffer.concat([Buffer.from("\x93NUMPY\x01\0v\0" + header, "latin1"), Buffer.from(values.buffer)]));
    const files = {
        brief: report("brief.html", cat),
        full: report("full.html", "--level", "full", cat),
        many: report("many.html", "--level", "full", "-l", "layer2,layer4", "--times", cat, raccoon),
        portrait: report("portrait.html", tall),
        teach: report("teach.html", "--level", "teach", cat),
    };
    const browser = new Browser(chromium);
    let failed = 0, n = 0;
    for (const [name, test] of Object.entries(tests)) {
        try {
            const page = await test(browser, files);
            if (typeof page === "object") {
                assert.deepStrictEqual(page.complaints, []);
                await page.close();
            }
            n++;
            console.log(`${typeof page === "string" ? page : "ok"}  ${name}`);
        } catch (error) {
            failed++;
            console.log(`FAILED  ${name}: ${error.message}`);
        }
    }
    if (process.env.ECAM_SHOTS)
        await screenshots(browser, files, process.env.ECAM_SHOTS);
    await browser.close();
    console.log(`${n} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
}

main().then(status => {
    fs.rmSync(folder, { recursive: true, force: true });
    process.exit(status);
});
