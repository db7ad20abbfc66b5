import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { TestServer, type TestDatabase } from "./testdb";

let server: TestServer;
let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  server = await TestServer.start(import.meta.dirname);
}, 60_000);
afterAll(() => server.stop());

beforeEach(async () => {
  database = await server.create("20260112100000_orders");
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await server.drop(database);
});

async function columns(table: string): Promise<string[]> {
  const { rows } = await client.query(
    "SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position",
    [table],
  );
  return rows.map((row) => row.column_name);
}

test("the phone number comes and goes, and customers stay", async () => {
  await client.query("INSERT INTO customers (email) VALUES ('ada@example.com')");
  expect(await columns("customers")).toEqual(["id", "email"]);

  const { applied } = await server.migrate(database);
  expect(applied).toEqual(["20260119110000_phone"]);
  expect(await columns("customers")).toEqual(["id", "email", "phone"]);

  const back = await server.rollback(database);
  expect(back).toMatchObject({ migration: "20260119110000_phone", way: "derived", different: [] });
  expect(await columns("customers")).toEqual(["id", "email"]);
  const { rows } = await client.query("SELECT email FROM customers");
  expect(rows).toEqual([{ email: "ada@example.com" }]);
});

test("orders are taken back as a whole", async () => {
  const back = await server.rollback(database);
  expect(back).toMatchObject({ way: "down", different: [] });
  expect(await columns("orders")).toEqual([]);
});

test("tests do not see each other's rows", async () => {
  const { rows } = await client.query("SELECT count(*)::int AS customers FROM customers");
  expect(rows).toEqual([{ customers: 0 }]);
});

test("an order belongs to a customer", async () => {
  await expect(client.query("INSERT INTO orders (customer) VALUES (1)")).rejects.toThrow(/orders_customer_fkey/);
});
