DROP TABLE lead_import_rejects;
DROP TABLE lead_imports;
