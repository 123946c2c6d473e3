import type {
  APIGatewayProxyEventV2WithLambdaAuthorizer,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import type { Caller } from './caller.ts';

/** What API Gateway sends (payload format 2.0), with what the authorizer said of the caller. */
export type ApiEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<
  Partial<Record<keyof Caller, unknown>> | null | undefined
>;
export type ApiAnswer = APIGatewayProxyStructuredResultV2;
export type ApiHandler = (event: ApiEvent, context: Context) => Promise<ApiAnswer>;
