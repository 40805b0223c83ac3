// SPDX-License-Identifier: BSD-2-Clause
// ort_run.js JOBS.json: runs models by onnxruntime, which is found through NODE_PATH. A job
// has model, dims, input and output: files of raw float32. Prints what fails.
const fs = require('fs');
const ort = require('onnxruntime-node');

async function main() {
    for (const job of JSON.parse(fs.readFileSync(process.argv[2]))) {
        try {
            const session = await ort.InferenceSession.create(job.model);
            const bytes = fs.readFileSync(job.input);
            const floats = new Float32Array(
                bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
            const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', floats, job.dims) };
            const result = await session.run(feeds);
            const data = result[session.outputNames[0]].data;
            fs.writeFileSync(job.output, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
        } catch (error) {
            console.log(`${job.model}: ${error.message}`);
        }
    }
}

main();
