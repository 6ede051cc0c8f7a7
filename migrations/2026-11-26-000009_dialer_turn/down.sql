DROP FUNCTION call_slots_make_room, turn_put_aside, dialer_turn, turn_keeps_back;
DROP TYPE turn_call, turn_rule, turn_event;
