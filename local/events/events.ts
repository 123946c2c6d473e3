import type { AwsService, Ground, Running } from '../contract.ts';
import { type Bus, startBus } from './bus.ts';
import { type Deliveries, openDeliveries } from './deliveries.ts';
import { type ScheduleOptions, type Schedules, startSchedules } from './schedules.ts';

export interface Events extends Running {
  readonly service: AwsService;
  readonly bus: Bus;
  readonly schedules: Schedules;
  readonly deliveries: Deliveries;
  /** Begins to deliver, what an earlier run left first; to be called once every service is up. */
  resume(): void;
  /** Resolves when everything that rules and schedules accepted is handed over. */
  idle(): Promise<void>;
}

/** EventBridge and its Scheduler: one journal of deliveries behind rules and schedules. */
export async function startEvents(ground: Ground, options: ScheduleOptions): Promise<Events> {
  const deliveries = openDeliveries(ground);
  const bus = await startBus(ground, deliveries);
  const schedules = await startSchedules(ground, deliveries, options);
  return {
    service: bus.service,
    bus,
    schedules,
    deliveries,
    resume: deliveries.resume,
    idle: deliveries.idle,
    async close() {
      await schedules.close();
      await bus.close();
      await deliveries.close();
    },
  };
}
