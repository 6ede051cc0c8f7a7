DROP FUNCTION take_in_callback;
