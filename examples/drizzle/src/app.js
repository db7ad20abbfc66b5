// A user with a post, by Drizzle: the schema is the one that segue has deployed.
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { posts, users } from "./schema.js";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const db = drizzle(pool);

const ada = { email: "ada@example.com", fullName: "Ada Lovelace" };
const [made] = await db.insert(users).values(ada).onConflictDoNothing().returning();
if (made) await db.insert(posts).values({ title: "Notes", authorId: made.id });

for (const row of await db.select().from(posts).innerJoin(users, eq(posts.authorId, users.id))) {
  console.log(`${row.users.fullName}: ${row.posts.title}`);
}
await pool.end();
