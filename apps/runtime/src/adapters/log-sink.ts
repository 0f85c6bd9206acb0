import { CaveError, type AdapterContext, type LogSink } from '@cave/core';

/** Loaded only when lines go to CloudWatch Logs. */
const CLOUDWATCH_MODULE = '@cave/adapter-aws/log-sink';

interface LogSinkModule {
  default(options: Readonly<Record<string, unknown>>, context: AdapterContext): LogSink;
}

/** Throws `configuration` for options that are wrong. No I/O. */
export async function openCloudWatch(options: Readonly<Record<string, unknown>>, context: AdapterContext): Promise<LogSink> {
  let module: LogSinkModule;
  try {
    module = (await import(CLOUDWATCH_MODULE)) as LogSinkModule;
  } catch (error) {
    throw new CaveError('configuration', `log.cloudwatch.group is set, and what ships lines to CloudWatch Logs cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
  return module.default(options, context);
}
