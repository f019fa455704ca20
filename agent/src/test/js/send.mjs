// Sends spans, log records and data points through the OpenTelemetry SDK to the agent, and the very
// same batches in protobuf to a backend beside it.
//
//   node send.mjs json|proto|grpc none|gzip AGENT_HOST:PORT BACKEND_HOST:PORT RECORDS
import { context, trace, SpanKind, SpanStatusCode, diag, DiagLogLevel } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { LoggerProvider, BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';

const [protocol, compression, agent, backend, count] = process.argv.slice(2);
const records = Number(count);

const complain = (...what) => {
  console.error(...what);
  process.exitCode = 1;
};
diag.setLogger(
  { error: complain, warn: complain, info() {}, debug() {}, verbose() {} },
  DiagLogLevel.WARN,
);

const EXPORTERS = { traces: 'OTLPTraceExporter', metrics: 'OTLPMetricExporter', logs: 'OTLPLogExporter' };
const PACKAGES = { json: 'http', proto: 'proto', grpc: 'grpc' };

async function exporter(signal, kind, target, codec) {
  const name = signal === 'traces' ? 'trace' : signal;
  const module = await import(`@opentelemetry/exporter-${name}-otlp-${PACKAGES[kind]}`);
  const Exporter = (module.default ?? module)[EXPORTERS[signal]] ?? module[EXPORTERS[signal]];
  const url = kind === 'grpc' ? `http://${target}` : `http://${target}/v1/${signal}`;
  return new Exporter({ url, compression: codec, timeoutMillis: 20000 });
}

// Hands each batch to both, so that what the two get is the same to the last digit.
class Both {
  constructor(exporters) {
    this.exporters = exporters;
  }

  export(batch, done) {
    let left = this.exporters.length;
    let worst = { code: 0 };
    for (const each of this.exporters) {
      each.export(batch, (result) => {
        if (result.code !== 0) {
          complain('export failed', result.error);
          worst = result;
        }
        if (--left === 0) done(worst);
      });
    }
  }

  async forceFlush() {
    await Promise.all(this.exporters.map((each) => each.forceFlush?.()));
  }

  async shutdown() {
    await Promise.all(this.exporters.map((each) => each.shutdown()));
  }
}

const both = async (signal) =>
  new Both([
    await exporter(signal, protocol, agent, compression),
    await exporter(signal, 'proto', backend, 'none'),
  ]);

const resource = resourceFromAttributes({ 'service.name': 'javascript', 'host.cpus': 2 });

async function traces() {
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(await both('traces'), { maxQueueSize: 8192 })],
  });
  const tracer = provider.getTracer('tracer', '1.2.3');
  const root = tracer.startSpan('root', { kind: SpanKind.SERVER });
  const within = trace.setSpan(context.active(), root);
  for (let index = 1; index < records; index++) {
    const span = tracer.startSpan(
      `span ${index} \u00e9\u{1f600}`,
      {
        kind: SpanKind.CLIENT,
        attributes: { index, half: index / 2, large: 2 ** 40 + index, even: index % 2 === 0, list: ['a', 'b'] },
        links: [{ context: root.spanContext(), attributes: { linked: true } }],
      },
      within,
    );
    span.addEvent('happened', { where: 'here' });
    if (index % 7 === 0) span.setStatus({ code: SpanStatusCode.ERROR, message: 'sevenths fail' });
    span.end();
  }
  root.end();
  await provider.forceFlush();
  await provider.shutdown();
}

async function logs() {
  const provider = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter: await both('logs'), maxQueueSize: 8192 })],
  });
  const logger = provider.getLogger('logger');
  for (let index = 0; index < records; index++) {
    logger.emit({
      severityNumber: SeverityNumber.INFO,
      severityText: 'INFO',
      body: index % 2 === 0 ? `line ${index} "quoted"\n\u2028` : { nested: { index, list: [1, 2.5, 'x', true] } },
      attributes: { index, bytes: new Uint8Array([0, 127, 255]) },
    });
  }
  await provider.forceFlush();
  await provider.shutdown();
}

async function metrics() {
  const provider = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({ exporter: await both('metrics'), exportIntervalMillis: 3_600_000 }),
    ],
  });
  const meter = provider.getMeter('meter', '4');
  const counter = meter.createCounter('requests', { unit: '1', description: 'counted' });
  const histogram = meter.createHistogram('latency', { unit: 's' });
  meter.createObservableGauge('load').addCallback((result) => result.observe(0.25, { cpu: 1 }));
  for (let index = 0; index < 50; index++) {
    counter.add(index, { route: `/r/${index % 10}` });
    histogram.record(index / 16, { route: `/r/${index % 5}` });
  }
  await provider.forceFlush();
  await provider.shutdown();
}

await traces();
await logs();
await metrics();
