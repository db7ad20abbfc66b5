"""The loop that people write by hand: names in, slugs out, 1,000 rows a transaction, one UPDATE for each row.

    slugs.py URL
"""

import sys

import psycopg

ROWS = 1000


def slug(name):
    words = "".join(c.lower() if c.isalnum() else " " for c in name).split()
    return "-".join(words)


def main():
    last = 0
    with psycopg.connect(sys.argv[1], autocommit=True) as connection:
        while True:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("SELECT id, name FROM users WHERE id > %s AND slug IS NULL ORDER BY id LIMIT %s", (last, ROWS))
                rows = cursor.fetchall()
                for key, name in rows:
                    cursor.execute("UPDATE users SET slug = %s WHERE id = %s", (slug(name), key))
            if not rows:
                return
            last = rows[-1][0]


if __name__ == "__main__":
    main()
