-- name: reports
-- What reports say in a sentence, the last made first; without reading what else is in them.
SELECT key, updated_at,
    json_extract(document, '$.kind'), json_extract(document, '$.title'),
    json_extract(document, '$.from'), json_extract(document, '$.to'),
    json_extract(document, '$.summary')
FROM records
WHERE (key >= 'monthly_analytics_' AND key < 'monthly_analytics`')
    OR (key >= 'weekly_report_' AND key < 'weekly_report`')
ORDER BY json_extract(document, '$.to') DESC, key DESC LIMIT :limit;
