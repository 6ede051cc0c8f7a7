# What people read and hear, in Hebrew. The same keys stand in en.ftl; a test compares the two files.

## Lengths of time
duration = { $seconds ->
    [1] שנייה אחת
    [2] שתי שניות
   *[other] { $seconds } שניות
}
# Empty for zero seconds, so that a call that never rang does not claim a length.
duration-in-parentheses = { $seconds ->
    [0] {""}
   *[other] {" "}({ duration })
}

## Summaries of conversations
recommendation-tag = [המלצה: { $label }]
summary-topic = נושא: { $text }
summary-said = מה נאמר: { $text }
summary-quoted = מחיר שנמסר: { $text }
summary-outcome = תוצאה: { $text }
summary-next-step = המשך: { $text }
summary-note = סיכום: { $summary }
outcome-appointment_set = נקבע מועד
outcome-hot_interested = הביע עניין
outcome-follow_up = ביקש שיחזרו אליו
outcome-not_relevant = לא מעוניין
outcome-no_answer = אין מענה
outcome-none = לא התקבלה החלטה

## A call that nobody answered
unanswered-no-answer = שיחה לא נענתה{ duration-in-parentheses } - אין מענה
unanswered-busy = שיחה לא נענתה{ duration-in-parentheses } - הקו תפוס
unanswered-failed = השיחה לא יצאה{ duration-in-parentheses } - לא ניתן היה להתחבר למספר
unanswered-canceled = השיחה בוטלה לפני שנענתה{ duration-in-parentheses } - אין מענה
unanswered-voicemail = שיחה לא נענתה{ duration-in-parentheses } - תא קולי
unanswered-hung-up = השיחה נותקה מיד{ duration-in-parentheses } - לא התקיימה שיחה
unanswered-silent = השיחה נענתה{ duration-in-parentheses } אך לא נאמר בה דבר

## The timeline of a lead
activity-call-inbound = שיחה נכנסת{ duration-in-parentheses }
activity-call-outbound = שיחה יוצאת{ duration-in-parentheses }
activity-whatsapp = שיחת וואטסאפ
activity-status-change = הסטטוס השתנה: { $from } ← { $to }
activity-status-undone = שינוי הסטטוס בוטל: { $from } ← { $to }
activity-no-summary = אין סיכום לשיחה: { $reason }
activity-suppressed = ביקש שלא יתקשרו אליו; המספר הוסר מרשימות החיוג
activity-suppression-lifted = המספר הוחזר לרשימות החיוג
reason-no-recording = לא התקבלה הקלטה
reason-no-transcriber = התמלול אינו מוגדר
reason-transcription-failed = התמלול נכשל
no-status = ללא סטטוס

## How a status was changed
source-auto_inbound = שיחה נכנסת
source-auto_outbound = שיחה יוצאת
source-auto_whatsapp = וואטסאפ
source-manual = ידני

## Notifications
notification-status-title = { $lead }: { $to }
notification-status-body = { $lead }, { $from } ← { $to }, { $source }, ביטחון { $confidence }%
notification-status-body-plain = { $lead }, { $from } ← { $to }, { $source }
notification-run-finished-title = סבב השיחות הסתיים
notification-run-finished-body = { $completed } שיחות הושלמו, { $failed } נכשלו
notification-run-failed-title = סבב השיחות נעצר
lead-without-name = ליד ללא שם

## What the callee hears
say-greeting = שלום, מדברים מ{ $business }. נשמח לשמוע ממך. אחרי הצליל אפשר להשאיר הודעה, ובסיום לנתק.
say-greeting-inbound = שלום, הגעת ל{ $business }. אחרי הצליל אפשר להשאיר הודעה, ונחזור אליך בהקדם.
say-connecting = שלום, מעבירים אותך לנציג של { $business }.
say-busy = כל הנציגים של { $business } עסוקים כרגע. נחזור אליך בהקדם. תודה.
say-all-lines-taken = כל הנציגים של { $business } נמצאים כעת בשיחה. נשמח אם תתקשרו שוב בעוד כמה דקות. תודה.
say-goodbye = תודה ולהתראות.
say-voicemail = שלום, כאן { $business }. ניסינו להשיג אותך ונתקשר שוב. אפשר גם לחזור אלינו למספר הזה. תודה.
say-recording-notice = השיחה מוקלטת.

## The default board
status-label-new = חדש
status-label-contacted = נוצר קשר
status-label-interested = מעוניין
status-label-follow_up = לחזור אליו
status-label-no_answer = אין מענה
status-label-no_answer_2 = אין מענה 2
status-label-no_answer_3 = אין מענה 3
status-label-qualified = נקבעה פגישה
status-label-not_relevant = לא רלוונטי
status-label-won = נסגרה עסקה
status-label-lost = העסקה לא נסגרה

# למה ריצה נעצרה מעצמה.
run-paused-error-burst = { $errors } מתוך { $calls } השיחות האחרונות נכשלו. כדאי לבדוק את המספרים ואת ספק השיחות, ואז להמשיך.
run-paused-answer-rate = איש לא ענה ל-{ $since } השיחות האחרונות, אף שנענו { $answered } מתוך { $before } השיחות שלפניהן. כדאי לבדוק איך השיחות מגיעות, ואז להמשיך.
