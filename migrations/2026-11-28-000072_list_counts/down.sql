DROP TRIGGER leads_count_in_lists_deleted ON leads;
DROP TRIGGER leads_count_in_lists_changed ON leads;
DROP TRIGGER leads_count_in_lists_added ON leads;
DROP FUNCTION leads_count_in_lists, lead_list_counts_fold;
DROP TABLE lead_list_counts;
