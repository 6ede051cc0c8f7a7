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
summary-background = רקע: { $text }
summary-said = מה נאמר: { $text }
summary-told = נמסר ללקוח: { $text }
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
change-undone = השינוי האוטומטי בוטל
activity-no-summary = אין סיכום לשיחה: { $reason }
activity-suppressed = ביקש שלא יתקשרו אליו; המספר הוסר מרשימות החיוג
activity-suppression-lifted = המספר הוחזר לרשימות החיוג
reason-no-recording = לא התקבלה הקלטה
reason-no-transcriber = התמלול אינו מוגדר
reason-transcription-failed = התמלול נכשל
reason-transcription-budget = דקות התמלול להיום נוצלו
no-status = ללא סטטוס

## What is written on WhatsApp
transcript-customer = לקוח: { $text }
transcript-agent = נציג: { $text }
media-image = [תמונה]
media-audio = [הודעה קולית]
media-video = [סרטון]
media-file = [קובץ]
whatsapp-no-words = שיחת וואטסאפ ללא טקסט: הלקוח שלח רק תמונות, הודעות קוליות, קבצים או מיקום

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
notification-webhook-disabled-title = נקודת קצה של webhook כובתה
notification-webhook-disabled-failing = { $host } לא קיבלה דבר במשך יממה, ולכן לא נשלח לשם יותר. תקנו את התקלה והפעילו את נקודת הקצה מחדש: מה שממתין לה יישלח אז.
notification-webhook-disabled-gone = { $host } ענתה שאינה מקבלת עוד אירועים (410), ולכן לא נשלח לשם יותר. אם זו טעות, הפעילו את נקודת הקצה מחדש.
lead-without-name = ליד ללא שם
notification-gathered-title = { $count ->
    [1] ליד אחד עבר סטטוס
   *[other] { $count } לידים עברו סטטוס
}
notification-gathered-more = ועוד { $count }
notification-test-title = ההתראות פועלות
notification-test-body = כך יגיעו אליך עדכונים על לידים שעברו סטטוס.

## E-mail digests
mail-subject = { $count ->
    [1] ליד אחד עבר סטטוס אצל { $business }
   *[other] { $count } לידים עברו סטטוס אצל { $business }
}
mail-greeting = אלה העדכונים של { $business }:
mail-more = ועוד { $count } בפעמון.
mail-open = לפתיחת הלוח
mail-why = קיבלת את ההודעה כי בחרת בסיכום במייל בהעדפות ההתראות שלך.
mail-unsubscribe = להפסקת ההודעות
unsubscribe-title = להפסיק את הסיכומים במייל?
unsubscribe-button = להפסיק
unsubscribe-done = לא יישלחו אליך עוד סיכומים במייל. אפשר לבחור בהם שוב בהעדפות ההתראות.

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

## A moment, on the business's clock
moment-today = היום בשעה { $time }
moment-tomorrow = מחר בשעה { $time }
moment-yesterday = אתמול בשעה { $time }
moment-date = ביום { weekday }, { $day } ב{ month } { $year }, בשעה { $time }
weekday = { $weekday ->
    [1] ראשון
    [2] שני
    [3] שלישי
    [4] רביעי
    [5] חמישי
    [6] שישי
   *[7] שבת
}
month = { $month ->
    [1] ינואר
    [2] פברואר
    [3] מרץ
    [4] אפריל
    [5] מאי
    [6] יוני
    [7] יולי
    [8] אוגוסט
    [9] ספטמבר
    [10] אוקטובר
    [11] נובמבר
   *[12] דצמבר
}

## Why a lead is dialled now or not
gate-deleted = הליד נמחק
gate-not-deleted = הליד קיים
gate-no-phone-number = לליד אין מספר טלפון
gate-phone-number = לליד יש מספר טלפון
gate-suppressed = אסור להתקשר למספר: הוא הוסר מרשימות החיוג { $since }
gate-not-suppressed = מותר להתקשר למספר
gate-business-suspended = העסק לא מתקשר לאף אחד: הוא הושעה { $since }
gate-business-active = העסק לא מושעה
gate-in-no-run = הליד אינו נמצא באף סבב שיחות
gate-run-over = סבב { $run } { how-it-ended }{ $why }
gate-job-over = הטיפול בליד בסבב { $run } { how-it-ended }
how-it-ended = { $status ->
    [completed] הושלם
    [failed] נכשל
   *[cancelled] בוטל
}
gate-job-leaving = הליד מוצא כעת מסבב { $run }
gate-run-paused = סבב { $run } מושהה{ $why }
gate-run-later = סבב { $run } יתחיל { $at }
gate-run-under-way = סבב { $run } פעיל
gate-run-starting = סבב { $run } עומד להתחיל
gate-no-job = אין שיחה שצריך לחכות לה
gate-due = הגיע תורו של הליד
gate-due-later = תורו של הליד יגיע { $at }: { put-aside-for }
gate-put-aside = השיחה נדחתה: { put-aside-for }
put-aside-for = { $by ->
    [retry] שיחה חוזרת אחרי שיחה שלא הגיעה ליעדה
    [carrier] ספק השיחות לא קיבל שיחות נוספות
    [in_a_call] המספר היה בשיחה
    [gap] עבר זמן קצר מדי מהשיחה הקודמת
    [daily_cap] מכסת השיחות היומית לליד מוצתה
   *[other] היה צורך להמתין
}
gate-any-hour = העסק מתקשר בכל שעה
gate-within-hours = בתוך שעות החיוג של העסק
gate-outside-hours = { $rest ->
    [none] { closed-for }; הן יתחילו { $at }
   *[other] { closed-for }; שעות החיוג יתחילו { $at }
}
closed-for = { $rest ->
    [shabbat] העסק סגור לכבוד שבת
    [jewish_holidays] העסק סגור לרגל החג
   *[none] מחוץ לשעות החיוג של העסק
}
gate-outside-hours-of-person = { closed-for } במקום שבו נמצא הליד ({ $zone }); אפשר יהיה להתקשר { $at } לפי שעון העסק
gate-never-open-for-person = מחוץ לשעות החיוג של העסק במקום שבו נמצא הליד ({ $zone }), ואין שעה שמתאימה גם לעסק
gate-never-open = מחוץ לשעות החיוג של העסק, ואין שעות חיוג קרובות
gate-in-a-call = מתקיימת כעת שיחה עם המספר
gate-in-no-call = לא מתקיימת כעת שיחה עם המספר
gate-no-gap-set = לא הוגדר מרווח בין שיחות
gate-gap = השיחה האחרונה התחילה { $last }, לפני פחות { minutes }
gate-gap-over = לא היו שיחות למספר זה ב{ minutes-past }
minutes = { $minutes ->
    [1] מדקה
    [2] משתי דקות
   *[other] מ-{ $minutes } דקות
}
minutes-past = { $minutes ->
    [1] דקה האחרונה
    [2] שתי הדקות האחרונות
   *[other] -{ $minutes } הדקות האחרונות
}
gate-no-cap-set = לא הוגדרה מגבלת שיחות ליום
gate-daily-cap = { $today } מתוך { $most } שיחות מותרות היום
gate-lines = תפוסים { $outboundTaken } מתוך { $outbound } הקווים היוצאים ו-{ $totalTaken } מתוך { $total } הקווים בסך הכול
gate-run-concurrency = מתקיימות כעת { $taken } מתוך { $open } השיחות המותרות במקביל בסבב { $run }
gate-no-caller-number = לעסק אין מספר שממנו מתקשרים
gate-caller-number = לעסק יש מספר שממנו מתקשרים
gate-no-public-host = ספק השיחות אינו יכול לפנות למערכת: אין לה כתובת ציבורית
gate-public-host = ספק השיחות יכול לפנות למערכת
gate-public-host-unknown = רק החייגן יודע אם ספק השיחות יכול לפנות למערכת
gate-no-carrier-pace = אין הגבלה על מספר השיחות לשנייה אצל ספק השיחות
gate-carrier-free = ספק השיחות יכול לקבל שיחה כעת
gate-carrier-pace = התחילו כבר כל השיחות שספק השיחות מקבל; הבאה תוכל להתחיל בעוד { $seconds ->
    [1] שנייה
    [2] שתי שניות
   *[other] { $seconds } שניות
}
gate-opens = ייפתח { $at }

## Who would wait in a calling run
preflight-waiting-calling-window = { $count ->
    [1] ליד אחד ממתין לשעות החיוג; אפשר יהיה להתקשר אליו { $at }
    [2] שני לידים ממתינים לשעות החיוג; לראשון מהם אפשר יהיה להתקשר { $at }
   *[other] { $count } לידים ממתינים לשעות החיוג; לראשון מהם אפשר יהיה להתקשר { $at }
}
preflight-waiting-never-open = { $count ->
    [1] ליד אחד ממתין לשעות החיוג, ואין שעות חיוג קרובות
    [2] שני לידים ממתינים לשעות החיוג, ואין שעות חיוג קרובות
   *[other] { $count } לידים ממתינים לשעות החיוג, ואין שעות חיוג קרובות
}
preflight-waiting-in-a-call = { $count ->
    [1] ליד אחד נמצא כעת בשיחה
    [2] שני לידים נמצאים כעת בשיחה
   *[other] { $count } לידים נמצאים כעת בשיחה
}
preflight-waiting-gap = { $count ->
    [1] ליד אחד ממתין לסיום המרווח בין שיחות; הוא יסתיים { $at }
    [2] שני לידים ממתינים לסיום המרווח בין שיחות; אצל הראשון הוא יסתיים { $at }
   *[other] { $count } לידים ממתינים לסיום המרווח בין שיחות; אצל הראשון הוא יסתיים { $at }
}
preflight-waiting-daily-cap = { $count ->
    [1] ליד אחד מיצה את מכסת השיחות היומית; היא תתחדש { $at }
    [2] שני לידים מיצו את מכסת השיחות היומית; היא תתחדש { $at }
   *[other] { $count } לידים מיצו את מכסת השיחות היומית; היא תתחדש { $at }
}

## The console
console-absent = מסך הניהול אינו כלול בגרסה הזו. כדי לבנות אותו: cd crates/api-gateway/console && npm ci && npm run build
## Files of leads that cannot be imported
import-workbook = זה אינו קובץ CSV אלא חוברת עבודה או דף; פתחו אותו בתוכנת הגיליונות, שמרו אותו כ-"CSV UTF-8" וייבאו את הקובץ שנשמר
import-not-text = זה אינו קובץ טקסט; שמרו את הגיליון כ-"CSV UTF-8" וייבאו את הקובץ שנשמר
import-empty = הקובץ ריק
import-no-phone-column = אין עמודה של מספרי טלפון; כתבו "טלפון" או "phone" בראש אחת העמודות (נמצאו: { $found })
import-fewer-columns = המיפוי מונה { $asked } עמודות ובקובץ יש { $found }; ציינו שדה אחד לכל עמודה
import-row-too-long = שורה { $row } ארוכה מכל שורה אפשרית; כנראה נפתחו בה מירכאות שאינן נסגרות
import-too-many-rows = בקובץ יש יותר מ-{ $most } שורות; חלקו אותו לכמה קבצים
import-too-many-lists = בעמודת הרשימות יש יותר מ-{ $most } רשימות חדשות; כנראה זו עמודה אחרת
import-unreadable = לא ניתן לקרוא את הקובץ: { $error }

## Rows of a file that did not become leads
reject-phone_missing = אין מספר טלפון
reject-phone_rounded = הגיליון עיגל את המספר וספרותיו האחרונות אבדו; עצבו את העמודה כטקסט והקלידו את המספר מחדש
reject-phone_not_a_number = זה אינו מספר טלפון
reject-phone_impossible = לא ייתכן מספר טלפון כזה
reject-duplicate_in_file = אותו מספר מופיע כבר בשורה { $row }
reject-already_a_lead = המספר הזה כבר שייך לליד { $lead }
reject-suppressed = בעל המספר ביקש שלא יתקשרו אליו
reject-too_many_fields = בשורה יש יותר מ-{ $expected } שדות; שימו במירכאות טקסטים שיש בהם תו מפריד
reject-broken_quotes = מירכאות בשורה זו אינן נסגרות בסוף השדה, ולכן הכול עד שורה { $last } נקרא כשורה אחת; סגרו את המירכאות, או כתבו אותן פעמיים
reject-broken_characters = בשורה יש תווים שאי אפשר לקרוא; שמרו את הקובץ כ-"CSV UTF-8" ובדקו את השורה
reject-unknown_time_zone = "{ $value }" אינו שם של אזור זמן, כמו America/New_York (IANA)
reject-unknown_status = "{ $value }" אינו סטטוס בלוח הזה; השתמשו באחד הסטטוסים שלו או השמיטו את העמודה
reject-unknown_owner = "{ $value }" אינו כתובת דוא"ל או שם של משתמש אחד; תקנו או השמיטו את העמודה
reject-unknown_time = "{ $value }" בשדה { $field } אינו מועד; כתבו אותו כך: 2026-12-31 16:30
reject-too_long = בשדה { $field } יש יותר מ-{ $longest } תווים
reject-too_many_tags = בשורה יש יותר מ-{ $most } תגיות
rejects-row = שורה
rejects-reason = סיבה
