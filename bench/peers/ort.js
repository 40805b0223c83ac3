// SPDX-License-Identifier: BSD-2-Clause
// ort.js MODEL.onnx X.npy THREADS SECONDS: times onnxruntime; prints one JSON object with
// median and least ms, and the logits. Found through NODE_PATH.
const fs = require('fs');
const ort = require('onnxruntime-node');

function floats(path) {
    const bytes = fs.readFileSync(path);
    const at = 10 + bytes.readUInt16LE(8); // a .npy header of version 1
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + bytes.length));
}

async function main() {
    const [model, input, threads, seconds] = process.argv.slice(2);
    const session = await ort.InferenceSession.create(model, {
        intraOpNumThreads: Number(threads),
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
    });
    const x = new ort.Tensor('float32', floats(input), [1, 3, 224, 224]);
    let y;
    for (let i = 0; i < 3; i++)
        y = await session.run({ x });
    const ms = [];
    const end = performance.now() + 1000 * Number(seconds);
    while (performance.now() < end || ms.length < 10) {
        const begin = performance.now();
        await session.run({ x });
        ms.push(performance.now() - begin);
    }
    ms.sort((a, b) => a - b);
    console.log(JSON.stringify({
        median_ms: ms[ms.length >> 1], min_ms: ms[0], logits: Array.from(y.y.data),
    }));
}

main();
