import { Logger } from '@aws-lambda-powertools/logger';

/** JSON lines with the function's name, request id and cold start. Never given a body, a secret or an account number. */
export const logger = new Logger({ serviceName: 'tributary' });
