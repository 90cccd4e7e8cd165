-- A number is found, locked and counted by the identity of its line, which is the same for all its
-- forms. Three countries had two accepted forms: Argentina with and without the 9, Brazil's mobile
-- numbers from 7 without the ninth digit, Gabon's numbers of the plan before 2019 with and without
-- their 0. The document keeps the form that the caller wrote.
--
-- Of two live migrations of one line the second keeps its old key, since the index allows one.
UPDATE OR IGNORE migrations SET phone_number = CASE
        WHEN phone_number GLOB '+54*' THEN '+549' || substr(phone_number, 4)
        WHEN phone_number GLOB '+55*' THEN substr(phone_number, 1, 5) || '9' || substr(phone_number, 6)
        WHEN substr(phone_number, -7) GLOB '1*' THEN '+2411' || substr(phone_number, -7)
        WHEN substr(phone_number, -7) GLOB '[256]*' THEN '+2416' || substr(phone_number, -7)
        ELSE '+2417' || substr(phone_number, -7)
    END
    WHERE phone_number GLOB '+54[1-9]?????????' OR phone_number GLOB '+55[1-9][1-9][6-9]???????'
        OR phone_number GLOB '+241[124-7]??????' OR phone_number GLOB '+2410[124-7]??????';

-- Only limited calls are counted by number.
UPDATE events SET phone_number = CASE
        WHEN phone_number GLOB '+54*' THEN '+549' || substr(phone_number, 4)
        WHEN phone_number GLOB '+55*' THEN substr(phone_number, 1, 5) || '9' || substr(phone_number, 6)
        WHEN substr(phone_number, -7) GLOB '1*' THEN '+2411' || substr(phone_number, -7)
        WHEN substr(phone_number, -7) GLOB '[256]*' THEN '+2416' || substr(phone_number, -7)
        ELSE '+2417' || substr(phone_number, -7)
    END
    WHERE call_sent IS NOT NULL
        AND (phone_number GLOB '+54[1-9]?????????' OR phone_number GLOB '+55[1-9][1-9][6-9]???????'
            OR phone_number GLOB '+241[124-7]??????' OR phone_number GLOB '+2410[124-7]??????');

PRAGMA user_version = 4;
