/* SPDX-License-Identifier: BSD-2-Clause
 * What the page can do beyond switching views, which needs no script. */
"use strict";

/* Little-endian floats from base64. */
function floats(text) {
    const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/* Where a photo's pixel falls between the cells of a map; null where the network saw
 * nothing. The same arithmetic as ecam_map_to_photo(). */
function locate(axis, at) {
    const twice = (2 * at + 1) * axis.resized;
    const begin = 2 * axis.photo * axis.crop;
    if (twice < begin || twice >= 2 * axis.photo * (axis.crop + axis.input))
        return null;
    const cell = (twice - begin) / (2 * axis.photo) * axis.cells / axis.input - 0.5;
    const clamped = Math.min(Math.max(cell, 0), axis.cells - 1);
    const low = Math.floor(clamped);
    return { low, high: Math.min(low + 1, axis.cells - 1), part: clamped - low };
}

function valueAt(map, x, y) {
    const sy = locate(map.y, y), sx = locate(map.x, x);
    if (sy === null || sx === null)
        return null;
    const row = at => (1 - sx.part) * map.values[at * map.x.cells + sx.low] +
        sx.part * map.values[at * map.x.cells + sx.high];
    return (1 - sy.part) * row(sy.low) + sy.part * row(sy.high);
}

/* The viewer's two axes, y first, as the page tells them. */
function axes(viewer) {
    const g = viewer.dataset.geometry.split(" ").map(Number);
    const cells = viewer.dataset.cells.split(" ").map(Number);
    return [0, 1].map(i => ({ photo: g[i], resized: g[2 + i], crop: g[4 + i], input: g[6 + i], cells: cells[i] }));
}

function setAll(viewer, selector, attributes) {
    for (const mark of viewer.querySelectorAll(selector))
        for (const [key, value] of Object.entries(attributes))
            mark.setAttribute(key, value);
}

function beginViewer(viewer) {
    const [y, x] = axes(viewer);
    const stage = viewer.querySelector(".stage");
    viewer.querySelector(".controls").hidden = false;

    const opacity = viewer.querySelector(".opacity"), opacityNow = viewer.querySelector(".opacity-now");
    opacity.addEventListener("input", () => {
        stage.style.setProperty("--alpha", opacity.value / 100);
        opacityNow.value = `${opacity.value} %`;
    });

    const out = viewer.querySelector(".probe-value");
    if (out === null)
        return;
    const map = { x, y, values: floats(viewer.dataset.map) };
    const inX = viewer.querySelector(".probe-x"), inY = viewer.querySelector(".probe-y");
    const show = isMarked => {
        const px = Number(inX.value), py = Number(inY.value);
        const value = px >= 0 && px < x.photo && py >= 0 && py < y.photo ? valueAt(map, px, py) : null;
        out.value = value === null ? "not seen" : value.toPrecision(5);
        const r = Math.max(x.photo, y.photo) / 40;
        setAll(viewer, ".cross-dark, .cross-light", { d: isMarked
            ? `M${px + 0.5 - r} ${py + 0.5}h${2 * r}M${px + 0.5} ${py + 0.5 - r}v${2 * r}` : "" });
    };
    for (const input of [inX, inY]) {
        input.addEventListener("input", () => show(true));
        input.addEventListener("focus", () => show(true));
    }
    stage.addEventListener("pointermove", event => {
        const box = stage.getBoundingClientRect();
        inX.value = Math.min(x.photo - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * x.photo)));
        inY.value = Math.min(y.photo - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * y.photo)));
        show(false);
    });
    show(false);
}

/* The receptive field of one value in the middle of a layer, on the first photo. */
function showField(viewer, row) {
    const [y, x] = axes(viewer);
    const [fieldH, fieldW] = row.dataset.field.split(" ").map(Number);
    const scaleX = x.photo / x.resized, scaleY = y.photo / y.resized;
    const w = Math.min(fieldW, x.input) * scaleX, h = Math.min(fieldH, y.input) * scaleY;
    setAll(viewer, ".field-dark, .field-light", {
        x: (x.crop + x.input / 2) * scaleX - w / 2,
        y: (y.crop + y.input / 2) * scaleY - h / 2,
        width: w,
        height: h,
    });
    return fieldH >= y.input && fieldW >= x.input
        ? `covers the whole input of ${x.input} x ${y.input}`
        : `is ${fieldW} x ${fieldH} of the input's ${x.input} x ${y.input} pixels`;
}

function beginLayers(table) {
    const viewer = document.querySelector(".viewer");
    const now = document.querySelector(".field-now");
    if (viewer === null)
        return;
    for (const row of table.querySelectorAll("tr[data-field]")) {
        const head = row.querySelector("th");
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("aria-pressed", "false");
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener("click", () => {
            for (const other of table.querySelectorAll("button"))
                other.setAttribute("aria-pressed", "false");
            button.setAttribute("aria-pressed", "true");
            now.textContent = `The receptive field of ${button.textContent} ${showField(viewer, row)}; it is drawn on the first photo.`;
        });
    }
}

document.querySelectorAll(".viewer").forEach(beginViewer);
document.querySelectorAll(".layers").forEach(beginLayers);

/* What a cell sorts by: a number where it has one, and then nothing comes last. */
function sortKey(row, column) {
    const cell = row.cells[column];
    const value = cell.dataset.value;
    return value === undefined ? cell.textContent.toLowerCase() : value === "" ? Infinity : Number(value);
}

function beginIndex(table) {
    const body = table.tBodies[0], rows = [...body.rows];
    const text = document.querySelector(".filter-text");
    const least = document.querySelector(".filter-least"), most = document.querySelector(".filter-most");
    const now = document.querySelector(".shown-now");
    document.querySelector(".filters").hidden = false;

    const filter = () => {
        const wanted = text.value.toLowerCase();
        let shown = 0;
        for (const row of rows) {
            const share = row.querySelector(".share").dataset.value;
            const percent = share === "" ? 0 : 100 * Number(share);
            row.hidden = !row.textContent.toLowerCase().includes(wanted) ||
                percent < Number(least.value) || percent > Number(most.value);
            shown += !row.hidden;
        }
        now.textContent = `${shown} of ${rows.length} results`;
    };
    for (const input of [text, least, most])
        input.addEventListener("input", filter);

    for (const head of table.tHead.rows[0].cells) {
        if (head.classList.contains("plain"))
            continue;
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener("click", () => {
            const isUp = head.getAttribute("aria-sort") !== "ascending";
            for (const other of table.tHead.rows[0].cells)
                other.removeAttribute("aria-sort");
            head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
            const keys = new Map(rows.map(row => [row, sortKey(row, head.cellIndex)]));
            const sign = isUp ? 1 : -1;
            rows.sort((a, b) => {
                const x = keys.get(a), y = keys.get(b);
                return x === y ? 0 : x === Infinity ? 1 : y === Infinity ? -1 : x < y ? -sign : sign;
            });
            body.append(...rows);
        });
    }
}

document.querySelectorAll(".index").forEach(beginIndex);
