-- A number is found, locked and counted by the identity of its line, which is the same for all its
-- forms. Three countries had two accepted forms: Argentina with and without the 9, Brazil's mobile
-- numbers from 7 without the ninth digit, Gabon's numbers of the plan before 2019 with and without
-- their 0. The document keeps the form that the caller wrote.
CREATE TABLE rewritten_numbers AS
    SELECT DISTINCT phone_number AS written,
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(phone_number,
            '^\+54([1-9][0-9]{9})$', '+549\1'),
            '^\+55([1-9][1-9])([6-9][0-9]{7})$', '+55\19\2'),
            '^\+2410?(1[0-9]{6})$', '+2411\1'),
            '^\+2410?([256][0-9]{6})$', '+2416\1'),
            '^\+2410?([47][0-9]{6})$', '+2417\1') COLLATE "C" AS identity
    FROM migrations
    WHERE phone_number LIKE '+54%' OR phone_number LIKE '+55%' OR phone_number LIKE '+241%';
DELETE FROM rewritten_numbers WHERE written = identity;

-- Of two live migrations of one line the second keeps its old key, since the index allows one.
UPDATE migrations AS m SET phone_number = line.identity
    FROM rewritten_numbers AS line
    WHERE line.written = m.phone_number AND (
        m.state IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')
        OR m.id = (
            SELECT live.id FROM migrations AS live
            WHERE live.tenant = m.tenant AND live.state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')
                AND (live.phone_number = line.identity
                    OR live.phone_number IN (
                        SELECT other.written FROM rewritten_numbers AS other WHERE other.identity = line.identity))
            ORDER BY live.phone_number = line.identity DESC, live.id LIMIT 1));
UPDATE requests AS r SET phone_number = line.identity
    FROM rewritten_numbers AS line WHERE line.written = r.phone_number;
-- Only limited calls are counted by number.
UPDATE events AS e SET phone_number = line.identity FROM rewritten_numbers AS line
    WHERE line.written = e.phone_number AND e.call_sent IS NOT NULL;
DROP TABLE rewritten_numbers;
