import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { Redirect, Route, Switch } from "wouter";
import { ApiProblem, answer, api, onSignedOut } from "./api/client";
import { Board } from "./board/board";
import { SignedInContext } from "./session";
import { Shell } from "./shell";
import { SignIn } from "./sign-in";
import { Failure, Loading } from "./ui/states";
import { Toasts } from "./ui/toasts";

const Analytics = lazy(() => import("./analytics/analytics"));
const Import = lazy(() => import("./import/import"));
const Settings = lazy(() => import("./settings/settings"));
const Runs = lazy(() => import("./runs/runs"));

export function App() {
  return (
    <>
      <Entrance />
      <Toasts />
    </>
  );
}

/** Shows the console to who is signed in, and the way in to everybody else. */
function Entrance() {
  const queries = useQueryClient();
  const me = useQuery({ queryKey: ["me"], queryFn: () => answer(api.GET("/api/users/me")), retry: false });
  const [ended, setEnded] = useState(false);
  useEffect(
    () =>
      onSignedOut(() => {
        // Several requests may be refused at once; and whoever was not signed in has no session that ended.
        if (!queries.getQueryData(["me"])) return;
        setEnded(true);
        queries.setQueryData(["me"], null);
      }),
    [queries],
  );
  const someone = Boolean(me.data);
  useEffect(() => {
    if (someone) setEnded(false);
  }, [someone]);
  const nobody = me.data === null || (me.error instanceof ApiProblem && me.error.problem.status === 401);
  if (me.isPending) return <Loading />;
  if (nobody) return <SignIn ended={ended} />;
  if (!me.data) return <Failure error={me.error} retry={() => me.refetch()} />;
  return (
    <SignedInContext value={me.data}>
      <Shell>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/board/:lead?/:part?" component={Board} />
            <Route path="/runs/:run?" component={Runs} />
            <Route path="/settings/:part?" component={Settings} />
            <Route path="/import" component={Import} />
            <Route path="/analytics" component={Analytics} />
            <Route path="/leads/:lead">{({ lead }) => <Redirect to={`/board/${lead}`} replace />}</Route>
            <Redirect to="/board" />
          </Switch>
        </Suspense>
      </Shell>
    </SignedInContext>
  );
}
