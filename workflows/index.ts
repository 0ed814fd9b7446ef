export { migrateService } from './migrate-service';
export { migrationQueue } from './migration-queue';
export { planMigration } from './plan-migration';
export { resolveService } from './resolve-service';
export { retireSource } from './retire-source';
