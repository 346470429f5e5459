package main

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// election lets two candidates lead by a Lease, the second when the first steps down.
func election(ctx context.Context, w world) error {
	leads := make(chan string, 2)
	candidate := func(name string) (context.CancelFunc, <-chan struct{}, error) {
		lock := &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Name: "leader", Namespace: w.namespace},
			Client:     w.client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: name},
		}
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: lock, ReleaseOnCancel: true, Name: name,
			LeaseDuration: 15 * time.Second, RenewDeadline: 10 * time.Second, RetryPeriod: 200 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { leads <- name },
				OnStoppedLeading: func() {},
			},
		})
		if err != nil {
			return nil, nil, err
		}
		own, cancel := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			elector.Run(own)
			close(done)
		}()
		return cancel, done, nil
	}
	stepDown, down, err := candidate("one")
	if err != nil {
		return err
	}
	if err := next(ctx, leads, "one"); err != nil {
		return err
	}
	stop, stopped, err := candidate("two")
	if err != nil {
		return err
	}
	stepDown()
	<-down
	if err := next(ctx, leads, "two"); err != nil {
		return err
	}
	lease, err := w.client.CoordinationV1().Leases(w.namespace).Get(ctx, "leader", metav1.GetOptions{})
	if err != nil {
		return err
	}
	stop()
	<-stopped
	return expect(*lease.Spec.HolderIdentity == "two" && !lease.Spec.RenewTime.IsZero(), "lease %+v", lease.Spec)
}
