# What people read and hear, in English. The same keys stand in he.ftl; a test compares the two files.

## Lengths of time
duration = { $seconds ->
    [1] 1 second
   *[other] { $seconds } seconds
}
# Empty for zero seconds, so that a call that never rang does not claim a length.
duration-in-parentheses = { $seconds ->
    [0] {""}
   *[other] {" "}({ duration })
}

## Summaries of conversations
recommendation-tag = [Recommendation: { $label }]
summary-topic = Topic: { $text }
summary-background = Background: { $text }
summary-said = Said: { $text }
summary-told = We said: { $text }
summary-outcome = Outcome: { $text }
summary-next-step = Next step: { $text }
summary-note = Summary: { $summary }
outcome-appointment_set = A time was agreed
outcome-hot_interested = Showed interest
outcome-follow_up = Asked to be called again
outcome-not_relevant = Not interested
outcome-no_answer = No answer
outcome-none = No decision

## A call that nobody answered
unanswered-no-answer = Call not answered{ duration-in-parentheses } - no answer
unanswered-busy = Call not answered{ duration-in-parentheses } - the line was busy
unanswered-failed = The call did not go through{ duration-in-parentheses } - the number could not be reached
unanswered-canceled = The call was cancelled before it was answered{ duration-in-parentheses } - no answer
unanswered-voicemail = Call not answered{ duration-in-parentheses } - voicemail
unanswered-hung-up = The call was hung up at once{ duration-in-parentheses } - no conversation took place
unanswered-silent = The call was answered{ duration-in-parentheses } but nothing was said

## The timeline of a lead
activity-call-inbound = Incoming call{ duration-in-parentheses }
activity-call-outbound = Outgoing call{ duration-in-parentheses }
activity-whatsapp = WhatsApp conversation
activity-status-change = Status changed: { $from } → { $to }
activity-status-undone = Status change undone: { $from } → { $to }
change-undone = The automatic change was taken back
activity-no-summary = No summary of this call: { $reason }
activity-suppressed = Asked not to be called; the number is off the dialling lists
activity-suppression-lifted = The number is back on the dialling lists
reason-no-recording = no recording arrived
reason-no-transcriber = transcription is not set up
reason-transcription-failed = the transcription failed
reason-transcription-budget = the minutes of transcription for the day are used up
no-status = no status

## What is written on WhatsApp
transcript-customer = Customer: { $text }
transcript-agent = Agent: { $text }
media-image = [image]
media-audio = [voice message]
media-video = [video]
media-file = [file]
whatsapp-no-words = WhatsApp conversation without text: the customer sent only pictures, voice messages, files or a place

## How a status was changed
source-auto_inbound = incoming call
source-auto_outbound = outgoing call
source-auto_whatsapp = WhatsApp
source-manual = by hand

## Notifications
notification-status-title = { $lead }: { $to }
notification-status-body = { $lead }, { $from } → { $to }, { $source }, confidence { $confidence }%
notification-status-body-plain = { $lead }, { $from } → { $to }, { $source }
notification-run-finished-title = The calling run is finished
notification-run-finished-body = { $completed } calls completed, { $failed } failed
notification-run-failed-title = The calling run has stopped
notification-webhook-disabled-title = A webhook endpoint was switched off
notification-webhook-disabled-failing = { $host } has accepted nothing for a day, so nothing more is sent there. Mend it, then switch the endpoint on again: what waits for it is sent then.
notification-webhook-disabled-gone = { $host } answered that it takes no more events (410), so nothing more is sent there. If that was a mistake, switch the endpoint on again.
lead-without-name = Unnamed lead
notification-gathered-title = { $count ->
    [1] One lead has moved
   *[other] { $count } leads have moved
}
notification-gathered-more = and { $count } more
notification-test-title = Notifications work
notification-test-body = This is how you will hear of leads that move.

## E-mail digests
mail-subject = { $count ->
    [1] One lead has moved at { $business }
   *[other] { $count } leads have moved at { $business }
}
mail-greeting = This is what has changed at { $business }:
mail-more = and { $count } more, on your bell.
mail-open = Open the board
mail-why = You get this e-mail because you chose a digest in your notification preferences.
mail-unsubscribe = Stop these e-mails
unsubscribe-title = Stop the e-mail digests?
unsubscribe-button = Stop them
unsubscribe-done = You will get no more e-mail digests. You can choose them again in your notification preferences.

## What the callee hears
say-greeting = Hello, this is { $business }. We would love to hear from you. Please leave a message after the tone and hang up when you are done.
say-greeting-inbound = Hello, you have reached { $business }. Please leave a message after the tone and we will call you back soon.
say-connecting = Hello, we are connecting you to { $business }.
say-busy = Everyone at { $business } is on another call right now. We will call you back soon. Thank you.
say-all-lines-taken = Everyone at { $business } is on another call right now. Please call again in a few minutes. Thank you.
say-goodbye = Thank you and goodbye.
say-voicemail = Hello, this is { $business }. We tried to reach you and will call again. You are welcome to call us back at this number. Thank you.
say-recording-notice = This call is recorded.

## The default board
status-label-new = New
status-label-contacted = Contacted
status-label-interested = Interested
status-label-follow_up = Follow up
status-label-no_answer = No answer
status-label-no_answer_2 = No answer 2
status-label-no_answer_3 = No answer 3
status-label-qualified = Meeting set
status-label-not_relevant = Not relevant
status-label-won = Won
status-label-lost = Lost

# Why a run was paused by itself.
run-paused-error-burst = { $errors } of the last { $calls } calls could not be made. Look at the numbers and at the carrier, then resume.
run-paused-answer-rate = Nobody has answered the last { $since } calls; { $answered } of the { $before } before them were answered. Look at how the calls arrive, then resume.

## A moment, on the business's clock
moment-today = today at { $time }
moment-tomorrow = tomorrow at { $time }
moment-yesterday = yesterday at { $time }
moment-date = on { weekday }, { $day } { month } { $year } at { $time }
weekday = { $weekday ->
    [1] Sunday
    [2] Monday
    [3] Tuesday
    [4] Wednesday
    [5] Thursday
    [6] Friday
   *[7] Saturday
}
month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}

## Why a lead is dialled now or not
gate-deleted = The lead was deleted
gate-not-deleted = The lead exists
gate-no-phone-number = The lead has no phone number
gate-phone-number = The lead has a phone number
gate-suppressed = The number must not be called: it was taken off the dialling lists { $since }
gate-not-suppressed = The number may be called
gate-business-suspended = The business calls nobody: it was suspended { $since }
gate-business-active = The business is not suspended
gate-in-no-run = The lead is in no calling run
gate-run-over = Run { $run } { how-it-ended }{ $why }
gate-job-over = The call to this lead in run { $run } { how-it-ended }
how-it-ended = { $status ->
    [completed] is completed
    [failed] has failed
   *[cancelled] was cancelled
}
gate-job-leaving = The lead is being taken out of run { $run }
gate-run-paused = Run { $run } is paused{ $why }
gate-run-later = Run { $run } starts { $at }
gate-run-under-way = Run { $run } is under way
gate-run-starting = Run { $run } is about to start
gate-no-job = There is no call to wait for
gate-due = The lead's turn has come
gate-due-later = The lead's turn comes { $at }: { put-aside-for }
gate-put-aside = The call was put aside: { put-aside-for }
put-aside-for = { $by ->
    [retry] it is called again after a call that did not reach it
    [carrier] the carrier took no more calls
    [in_a_call] the phone was in a call
    [gap] the last call was too short a time before
    [daily_cap] it had been called often enough that day
   *[other] it had to wait
}
gate-any-hour = The business calls at any hour
gate-within-hours = Within the business's calling hours
gate-outside-hours = { $rest ->
    [none] { closed-for }; they begin { $at }
   *[other] { closed-for }; the business's calling hours begin { $at }
}
closed-for = { $rest ->
    [shabbat] Closed for Shabbat
    [jewish_holidays] Closed for a Jewish holiday
   *[none] Outside the business's calling hours
}
gate-outside-hours-of-person = { closed-for } where the person lives ({ $zone }); they may be called { $at } by the business's clock
gate-never-open-for-person = Outside the business's calling hours where the person lives ({ $zone }), which never begin while the business is open
gate-never-open = Outside the business's calling hours, which never begin
gate-in-a-call = A call to the number is in the air
gate-in-no-call = No call to the number is in the air
gate-no-gap-set = No pause between calls is set
gate-gap = The last call began { $last }, less than { minutes } ago
gate-gap-over = No call in the last { minutes-past }
minutes = { $minutes ->
    [1] 1 minute
   *[other] { $minutes } minutes
}
minutes-past = { $minutes ->
    [1] minute
   *[other] { $minutes } minutes
}
gate-no-cap-set = No limit of calls per day is set
gate-daily-cap = { $today } of { $most } calls today
gate-lines = { $outboundTaken } of { $outbound } outbound lines and { $totalTaken } of { $total } lines are taken
gate-run-concurrency = { $taken } of { $open } calls of run { $run } are in the air
gate-no-caller-number = The business has no number to call from
gate-caller-number = The business has a number to call from
gate-no-public-host = The carrier cannot reach this installation: it has no public address
gate-public-host = The carrier can reach this installation
gate-public-host-unknown = Only the dialer knows whether the carrier can reach this installation
gate-no-carrier-pace = The carrier's calls per second are not limited
gate-carrier-free = The carrier takes a call now
gate-carrier-pace = As many calls have begun as the carrier takes; the next may begin in { $seconds ->
    [1] 1 second
   *[other] { $seconds } seconds
}
gate-opens = opens { $at }

## Who would wait in a calling run
preflight-waiting-calling-window = { $count ->
    [1] 1 lead waits for calling hours; it may be called { $at }
   *[other] { $count } leads wait for calling hours; the first may be called { $at }
}
preflight-waiting-never-open = { $count ->
    [1] 1 lead waits for calling hours, which never begin
   *[other] { $count } leads wait for calling hours, which never begin
}
preflight-waiting-in-a-call = { $count ->
    [1] 1 lead is in a call now
   *[other] { $count } leads are in a call now
}
preflight-waiting-gap = { $count ->
    [1] 1 lead waits out the pause between calls, which ends { $at }
   *[other] { $count } leads wait out the pause between calls, which ends for the first { $at }
}
preflight-waiting-daily-cap = { $count ->
    [1] 1 lead has had all its calls of the day; the limit starts anew { $at }
   *[other] { $count } leads have had all their calls of the day; the limit starts anew { $at }
}

## The console
console-absent = The console is not part of this build. Build it with: cd crates/api-gateway/console && npm ci && npm run build
## Files of leads that cannot be imported
import-workbook = this is a workbook or a page, not a CSV file; open it in the spreadsheet program, save it as "CSV UTF-8" and import that
import-not-text = this is not a text file; save the sheet as "CSV UTF-8" and import that
import-empty = the file is empty
import-no-phone-column = no column holds phone numbers; head one of them "phone" or "טלפון" (found: { $found })
import-fewer-columns = the mapping names { $asked } columns, and the file has { $found }; name one field per column
import-row-too-long = row { $row } is longer than any row can be; a quote that is opened there is probably never closed
import-too-many-rows = the file has more than { $most } rows; divide it into several files
import-too-many-lists = the column of lists names more than { $most } new lists; it is probably another column
import-unreadable = the file cannot be read: { $error }

## Rows of a file that did not become leads
reject-phone_missing = there is no phone number
reject-phone_rounded = the spreadsheet has rounded the number and its last digits are lost; format the column as text and enter the number again
reject-phone_not_a_number = this is not a phone number
reject-phone_impossible = no such phone number can exist
reject-duplicate_in_file = row { $row } has the same number
reject-already_a_lead = lead { $lead } has this number already
reject-suppressed = this number asked not to be called
reject-too_many_fields = the row has more than { $expected } fields; put texts with delimiters in quotes
reject-broken_quotes = a quote of this row is not closed where its field ends, so everything up to line { $last } was taken for one row; close the quote, or write it twice
reject-broken_characters = the row has characters that cannot be read; save the file as "CSV UTF-8" and check the row
reject-unknown_time_zone = "{ $value }" is not the name of a time zone, as America/New_York is (IANA)
reject-unknown_status = "{ $value }" is not a status of this board; use one of its statuses or leave the column out
reject-unknown_owner = "{ $value }" is not the e-mail address or the name of one user; correct it or leave the column out
reject-unknown_time = "{ $value }" in { $field } is not a time; write it as 2026-12-31 16:30
reject-too_long = { $field } has more than { $longest } characters
reject-too_many_tags = the row has more than { $most } tags
rejects-row = row
rejects-reason = reason
