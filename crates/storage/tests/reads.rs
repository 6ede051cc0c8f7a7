//! What only reads needs no transaction, and stays behind the same walls.

use storage::{Db, DbSettings, ServiceRole, StorageError, leads, statuses};
use testkit::{Business, Database};

/// A gateway whose reads share one connection.
fn gateway(database: &Database) -> Db {
    Db::new(&DbSettings {
        url: database.url().to_owned(),
        role: ServiceRole::ApiGateway,
        pool_size: 2,
        reads: 1,
    })
}

async fn business(database: &Database) -> Business {
    let operator = database.db(ServiceRole::Operator);
    testkit::business(&operator).with_leads(1).await
}

#[tokio::test]
async fn each_read_sees_its_own_business_and_no_other() {
    let database = Database::create().await;
    let db = gateway(&database);
    let (ours, theirs) = (business(&database).await, business(&database).await);
    for business in [&ours, &theirs, &ours] {
        let lead = business.leads[0];
        let read = db.read(business.id, move |tx| leads::get(tx, lead)).await;
        assert_eq!(read.expect("its lead").id, lead.0);
    }
    // A statement that names the wrong business finds nothing: the connection says for whom it is.
    let (lead, other) = (theirs.leads[0], theirs.id);
    let read = db.read(ours.id, move |tx| {
        tx.business = other;
        leads::get(tx, lead)
    });
    assert!(matches!(read.await, Err(StorageError::NotFound)));
}

#[tokio::test]
async fn a_read_writes_nothing() {
    let database = Database::create().await;
    let db = gateway(&database);
    let business = business(&database).await;
    let board = db.read(business.id, statuses::board).await;
    let last = board.expect("a board").pop().expect("a status").name;
    let name = last.clone();
    let deleting = db.read(business.id, move |tx| statuses::delete(tx, &name));
    assert!(deleting.await.is_err());
    let board = db.read(business.id, statuses::board).await;
    assert_eq!(board.expect("a board").pop().expect("a status").name, last);
    let deleting = db.tenant(business.id, move |tx| statuses::delete(tx, &last));
    deleting.await.expect("a transaction may");
}

#[tokio::test]
async fn a_read_on_a_closed_connection_is_done_on_another() {
    let database = Database::create().await;
    let db = gateway(&database);
    let business = business(&database).await;
    for _ in 0..2 {
        let lead = business.leads[0];
        let read = db.read(business.id, move |tx| leads::get(tx, lead)).await;
        assert_eq!(read.expect("the lead").id, lead.0);
        database.goes_away().await;
        database.comes_back().await;
    }
}
