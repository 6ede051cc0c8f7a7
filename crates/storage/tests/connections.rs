//! Connections that the server has closed, as after its restart, cost no one a request.

use domain::ids::AttemptId;
use storage::{ServiceRole, StorageError, businesses};
use testkit::Database;

const CLOSE_ALL: &str = "
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test]
async fn closed_connections_are_replaced_without_an_error() {
    let database = Database::create().await;
    let db = database.db(ServiceRole::ApiGateway);
    let ask = || async {
        let both = tokio::join!(db.ping(), db.ping());
        both.0.and(both.1).expect("a transaction");
        let nobody = db
            .statement(|tx| businesses::of_attempt(tx, AttemptId::mint()))
            .await;
        assert_eq!(nobody.expect("a statement"), None);
    };
    ask().await;
    database.execute(CLOSE_ALL).await;
    ask().await;
    database.execute(CLOSE_ALL).await;
    let nobody = db
        .statement(|tx| businesses::of_attempt(tx, AttemptId::mint()))
        .await;
    assert_eq!(nobody.expect("a statement first"), None);
}

#[tokio::test]
async fn what_fails_for_another_reason_is_not_tried_again() {
    let database = Database::create().await;
    let db = database.db(ServiceRole::ApiGateway);
    let mut tries = 0;
    let failed = db
        .system(move |_| {
            tries += 1;
            assert_eq!(tries, 1);
            Err::<(), _>(StorageError::NotFound)
        })
        .await;
    assert!(matches!(failed, Err(StorageError::NotFound)));
}
