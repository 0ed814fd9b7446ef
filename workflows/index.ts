export { migrateService } from './migrate-service';
export { planMigration } from './plan-migration';
export { retireSource } from './retire-source';
