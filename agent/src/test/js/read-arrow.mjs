// Reads a file of Arrow streams, one after the other, and prints a line for each row:
// node read-arrow.mjs FILE
import { readFileSync } from 'node:fs';
import { RecordBatchReader } from 'apache-arrow';

const hex = (bytes) => (bytes ? Buffer.from(bytes).toString('hex') : '-');

for (const reader of RecordBatchReader.readAll(readFileSync(process.argv[2]))) {
  for (const batch of reader) {
    const signal = batch.schema.metadata.get('otlp.signal');
    const column = (name) => batch.getChild(name);
    const nanos = (name, row) => column(name).data[0].values[row];
    for (let row = 0; row < batch.numRows; row++) {
      const cells = {
        logs: () => [
          nanos('time_unix_nano', row),
          hex(column('trace_id').get(row)),
          column('severity_number').get(row),
          column('resource.attributes.service.name').get(row),
          column('body').get(row),
        ],
        traces: () => [
          nanos('start_time_unix_nano', row),
          hex(column('span_id').get(row)),
          column('status.code').get(row),
          column('resource.attributes.service.name').get(row),
          column('name').get(row),
          column('events')?.get(row)?.length ?? 0,
        ],
        metrics: () => [
          nanos('time_unix_nano', row),
          column('metric.type').get(row),
          column('resource.attributes.service.name').get(row),
          column('metric.name').get(row),
          [...(column('bucket_counts')?.get(row) ?? [])].join('+'),
        ],
      };
      console.log([signal, ...cells[signal]()].join('|'));
    }
  }
}
