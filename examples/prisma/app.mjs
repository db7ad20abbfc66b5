// A user with a post, by Prisma's client: the schema is the one that segue has deployed.
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) });

await prisma.user.upsert({
  where: { email: "ada@example.com" },
  update: {},
  create: { email: "ada@example.com", fullName: "Ada Lovelace", posts: { create: { title: "Notes" } } },
});
for (const user of await prisma.user.findMany({ include: { posts: true } })) {
  console.log(`${user.fullName}: ${user.posts.map((post) => post.title).join(", ")}`);
}
await prisma.$disconnect();
